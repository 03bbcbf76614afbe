"""Who may do an action on a resource: principals of its account, and outsiders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from posture.core.arn import Arn
from posture.core.iam import keys
from posture.core.iam.context import Context, ContextValue, Doubt
from posture.core.iam.decision import Answer, Decision
from posture.core.iam.documents import CompiledPolicy, compile_policy
from posture.core.iam.evaluate import decide
from posture.core.iam.guardrails import Guardrails
from posture.core.iam.inventory import KnownPrincipal
from posture.core.iam.policy_set import PolicySet
from posture.core.iam.principals import Caller, CallerKind, PrincipalElement
from posture.core.iam.request import Request
from posture.core.iam.resource_side import ResourceSide
from posture.core.values import Unknown

_EVERYTHING = compile_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
OUTSIDE = "if the policies of its own account allow it"
STRANGER = "any AWS account"


@dataclass(frozen=True, slots=True)
class Access:
    """One principal and whether it may."""

    name: str
    kind: CallerKind
    decision: Decision
    is_outside: bool = False


def who_can(
    action: str, side: ResourceSide, principals: Sequence[KnownPrincipal], guardrails: Guardrails
) -> list[Access]:
    """Return who may do an action, or may be able to; those who may not are left out."""
    asked = _AccessQuestion(action, side, guardrails)
    found = [*map(asked.of_principal, principals), *asked.of_outsiders()]
    return [access for access in found if access.decision.value is not Answer.DENIED]


class _AccessQuestion:
    """An action on a resource, asked of one caller after the other."""

    def __init__(self, action: str, side: ResourceSide, guardrails: Guardrails) -> None:
        self._action, self._side, self._guardrails = action, side, guardrails
        arn = side.target.arn
        region = Arn.parse(arn).region if arn.startswith("arn:") else ""
        account = side.target.account
        self._known: dict[str, ContextValue] = {
            "aws:PrincipalIsAWSService": ("false",),
            "aws:ViaAWSService": ("false",),
            "aws:ResourceAccount": (account,),
            **({"aws:RequestedRegion": (region,)} if region else {}),
        }
        if guardrails.organization_id:
            self._known["aws:ResourceOrgID"] = (guardrails.organization_id,)

    def of_principal(self, principal: KnownPrincipal) -> Access:
        """Return whether a principal of the resource's account may."""
        policies = PolicySet(
            principal.identity,
            principal.boundary,
            scp=self._guardrails.scp,
            rcp=self._guardrails.rcp,
            resource=self._side.policy,
        )
        decision = self._decide(principal.caller, policies, self._of_account(principal))
        return Access(principal.name, principal.caller.kind, _labelled(decision, principal.labels))

    def of_outsiders(self) -> Iterator[Access]:
        """Yield whether those may whom the resource's policy or ACL lets in from outside."""
        for name, caller in self._outsiders():
            policies = PolicySet(
                (_EVERYTHING,) if caller.has_identity else (), rcp=self._guardrails.rcp, resource=self._side.policy
            )
            decision = self._decide(caller, policies, self._of_outsider(caller))
            if caller.has_identity and decision.value is not Answer.DENIED:
                by = tuple(path for path in decision.by if not path.startswith("identity"))
                decision = replace(decision, by=by, unless=(OUTSIDE, *decision.unless))
            yield Access(name, caller.kind, decision, is_outside=True)

    def _decide(self, caller: Caller, policies: PolicySet, context: Context) -> Decision:
        side = self._side
        return decide(Request(caller, self._action, side.target, policies, context, side.s3, side.kms_grants))

    def _of_account(self, principal: KnownPrincipal) -> Context:
        caller = principal.caller
        known = self._known | {
            "aws:PrincipalArn": (caller.arn,),
            "aws:PrincipalAccount": (caller.account,),
            "kms:CallerAccount": (caller.account,),
            "aws:PrincipalType": _PRINCIPAL_TYPES[caller.kind],
            "aws:username": (principal.name,) if caller.kind is CallerKind.USER else (),
        }
        if self._guardrails.organization_id:
            known["aws:PrincipalOrgID"] = (self._guardrails.organization_id,)
        may_tag = caller.kind is CallerKind.ROLE and _may_be_tagged(principal)
        if isinstance(principal.tags, Unknown) or may_tag:
            return Context(known, keys.of_tagged_session)
        tags = {f"aws:PrincipalTag/{key}": (value,) for key, value in principal.tags.items()}
        return Context(known | tags, keys.of_caller)

    def _of_outsider(self, caller: Caller) -> Context:
        known = dict(self._known)
        if caller.kind is CallerKind.SERVICE:
            known["aws:PrincipalIsAWSService"] = ("true",)
            return Context(known, keys.of_service)
        if caller.has_identity:
            known |= {"aws:PrincipalOrgID": Doubt.STRANGER, "aws:PrincipalOrgPaths": Doubt.STRANGER}
            if caller.account in self._guardrails.members and self._guardrails.organization_id:
                known |= {
                    "aws:PrincipalOrgID": (self._guardrails.organization_id,),
                    "aws:PrincipalOrgPaths": Doubt.VALUE,
                }
            of_account: ContextValue = (caller.account,) if caller.account.isdigit() else Doubt.STRANGER
            known |= {"aws:PrincipalAccount": of_account, "kms:CallerAccount": of_account}
            known["aws:PrincipalArn"] = (caller.arn,) if caller.arn else Doubt.STRANGER
            return Context(known, keys.of_tagged_session)
        absent = ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths")
        return Context({**known, **dict.fromkeys(absent, ())}, keys.of_caller)

    def _outsiders(self) -> Iterator[tuple[str, Caller]]:
        yield "anyone, without signing in", Caller(CallerKind.ANONYMOUS)
        yield STRANGER, Caller(CallerKind.USER, "any")
        found: dict[tuple[str, str], Caller] = {}
        for element in _elements(self._side):
            found |= {("account", one): _account(one) for one in element.accounts}
            found |= {("principal", one): _named(one) for one in element.names if one.count(":") > 4}  # noqa: PLR2004
            found |= {("service", one): Caller(CallerKind.SERVICE, service=one) for one in element.services}
            found |= {("users of", one): Caller(CallerKind.WEB_IDENTITY, provider=one) for one in element.providers}
        for (kind, name), caller in sorted(found.items(), key=lambda item: item[0]):
            if caller.account != self._side.target.account:
                yield f"{kind} {name}", caller


_PRINCIPAL_TYPES: Mapping[CallerKind, tuple[str, ...]] = {
    CallerKind.USER: ("User",),
    CallerKind.ROLE: ("AssumedRole",),
    CallerKind.ROOT: ("Account",),
}


def _elements(side: ResourceSide) -> Iterator[PrincipalElement]:
    if isinstance(side.policy, CompiledPolicy):
        for statement in side.policy.statements:
            if statement.allows and statement.principals is not None:
                yield statement.principals


def _account(account_id: str) -> Caller:
    return Caller(CallerKind.ROOT, account_id, f"arn:aws:iam::{account_id}:root")


def _named(arn: str) -> Caller:
    """Return the caller of another account that a policy names by its ARN."""
    parsed = Arn.parse(arn)
    if parsed.service == "sts":
        return Caller(CallerKind.SESSION, parsed.account_id, arn)
    kind = CallerKind.ROLE if parsed.resource.startswith("role/") else CallerKind.USER
    return Caller(kind, parsed.account_id, arn)


def _may_be_tagged(role: KnownPrincipal) -> bool:
    """Return True unless a role's trust policy lets nobody bring session tags."""
    if not isinstance(role.trust, CompiledPolicy):
        return True
    return any(statement.allows for statement in role.trust.about("sts:tagsession"))


def _labelled(decision: Decision, labels: Sequence[str]) -> Decision:
    """Return a decision whose identity policies are named as people know them."""
    named = {f"identity[{index}]": label for index, label in enumerate(labels)}

    def name(path: str) -> str:
        root, _, rest = path.partition("]")
        label = named.get(f"{root}]")
        return f"{label}{rest}" if label else path

    return replace(decision, by=tuple(map(name, decision.by)), blind=tuple(map(name, decision.blind)))
