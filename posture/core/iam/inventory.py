"""The principals of one account and their policies, from its stored resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from posture.core.arn import Arn
from posture.core.gap import GapReason
from posture.core.iam.documents import PolicyInput, compile_policy
from posture.core.iam.principals import Caller, CallerKind
from posture.core.resource import Resource
from posture.core.values import Unknown

USER, ROLE, GROUP, MANAGED = "AWS::IAM::User", "AWS::IAM::Role", "AWS::IAM::Group", "AWS::IAM::ManagedPolicy"
PRINCIPAL_TYPES = (USER, ROLE, GROUP, MANAGED)
TRUST = "AssumeRolePolicyDocument"
_SERVICE_LINKED = "/aws-service-role/"


@dataclass(frozen=True)
class KnownPrincipal:
    """A user, role or the root user, with what its policies say."""

    caller: Caller
    name: str
    identity: tuple[PolicyInput, ...] = ()
    labels: tuple[str, ...] = ()
    """What to call each of the policies."""
    boundary: PolicyInput | None = None
    tags: Mapping[str, str] | Unknown = field(default_factory=dict)
    trust: PolicyInput | None = None


def not_read(action: str) -> Unknown:
    """Return what is known of something that the inventory does not hold."""
    return Unknown(action, "NotRead", GapReason.DENIED)


def compiled(document: Any, action: str) -> PolicyInput:
    """Return a stored policy compiled; one that is absent or malformed is `Unknown`."""
    if isinstance(document, Unknown):
        return document
    try:
        return compile_policy(document) if isinstance(document, Mapping) else not_read(action)
    except (ValueError, TypeError):
        return Unknown(action, "MalformedPolicyDocument", GapReason.BAD_ANSWER)


class AccountPrincipals:
    """Finds the principals of an account among its resources."""

    def __init__(self, account_id: str, resources: Iterable[Resource], *, is_management: bool | None) -> None:
        """Take the account's id, its IAM resources, and its part in the Organization."""
        self._account_id, self._is_management = account_id, is_management
        self._by_type: dict[str, list[Resource]] = {}
        for resource in resources:
            self._by_type.setdefault(resource.type, []).append(resource)
        self._managed = {
            one.arn: compiled(one.raw_config.get("PolicyDocument"), "iam:GetPolicyVersion")
            for one in self._by_type.get(MANAGED, ())
        }
        self._groups = {one.name: one for one in self._by_type.get(GROUP, ())}

    def all(self) -> Iterator[KnownPrincipal]:
        """Yield the root user, then users and roles."""
        others = (*self._by_type.get(ROLE, ()), *self._by_type.get(USER, ()))
        partition = next((Arn.parse(one.arn).partition for one in others), "aws")
        root = f"arn:{partition}:iam::{self._account_id}:root"
        yield KnownPrincipal(self._caller(CallerKind.ROOT, root), "Root user")
        yield from map(self._user, self._by_type.get(USER, ()))
        yield from map(self._role, self._by_type.get(ROLE, ()))

    def _caller(self, kind: CallerKind, arn: str, **more: Any) -> Caller:
        return Caller(kind, self._account_id, arn, is_management=self._is_management, **more)

    def _user(self, user: Resource) -> KnownPrincipal:
        found = list(self._policies(user.raw_config, "UserPolicyList"))
        names = user.raw_config.get("GroupList", not_read("iam:GetAccountAuthorizationDetails"))
        if isinstance(names, Unknown):
            found.append(("policies of its groups", names))
        else:
            for name in names or ():
                found += self._of_group(str(name))
        return self._principal(self._caller(CallerKind.USER, user.arn), user, found)

    def _of_group(self, name: str) -> list[tuple[str, PolicyInput]]:
        group = self._groups.get(name)
        if group is None:
            return [(f"group {name}", not_read("iam:GetAccountAuthorizationDetails"))]
        return [(f"{label} of group {name}", one) for label, one in self._policies(group.raw_config, "GroupPolicyList")]

    def _role(self, role: Resource) -> KnownPrincipal:
        config = role.raw_config
        is_linked = str(config.get("Path")).startswith(_SERVICE_LINKED)
        unique_id = config.get("RoleId")
        caller = self._caller(
            CallerKind.ROLE,
            role.arn,
            unique_id=unique_id if isinstance(unique_id, str) else "",
            is_service_linked=is_linked,
        )
        trust = compiled(config.get(TRUST), "iam:GetAccountAuthorizationDetails")
        return self._principal(caller, role, list(self._policies(config, "RolePolicyList")), trust)

    def _principal(
        self,
        caller: Caller,
        resource: Resource,
        found: Sequence[tuple[str, PolicyInput]],
        trust: PolicyInput | None = None,
    ) -> KnownPrincipal:
        labels, policies = tuple(label for label, _ in found), tuple(policy for _, policy in found)
        boundary = self._boundary(resource.raw_config.get("PermissionsBoundary"))
        return KnownPrincipal(caller, resource.name, policies, labels, boundary, resource.raw_tags, trust)

    def _policies(self, config: Mapping[str, Any], inline: str) -> Iterator[tuple[str, PolicyInput]]:
        """Yield the policies of a user, group or role with what to call them."""
        missing = not_read("iam:GetAccountAuthorizationDetails")
        embedded = config.get(inline, missing)
        if isinstance(embedded, Unknown):
            yield "inline policies", embedded
        else:
            for one in embedded or ():
                yield f"inline policy {one['PolicyName']}", compiled(one["PolicyDocument"], missing.action)
        attached = config.get("AttachedManagedPolicies", missing)
        if isinstance(attached, Unknown):
            yield "managed policies", attached
        else:
            for arn in attached or ():
                yield arn.rpartition("/")[2], self._managed.get(arn, not_read("iam:GetPolicyVersion"))

    def _boundary(self, arn: Any) -> PolicyInput | None:
        if arn is None or isinstance(arn, Unknown):
            return arn
        return self._managed.get(arn, not_read("iam:GetPolicyVersion"))
