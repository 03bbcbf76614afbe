"""Judges which IAM roles pods become by annotation (IRSA)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.checks.iam_grants import EVERYTHING, READ, is_everything
from posture.core.arn import Arn
from posture.core.check import Remediation, check, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.policy import parse
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource
from posture.core.values import any_of
from posture.kubernetes.rbac.iam import ROLE_ANNOTATION

ACCOUNT = "Kubernetes::ServiceAccount"
ROLE, POLICY = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
PATH = "metadata.annotations"
_ARN = "arn:aws:iam::111122223333:role/shop/exporter"
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def _account(role: str = _ARN) -> dict[str, Any]:
    annotations = {ROLE_ANNOTATION: role} if role else {}
    return {
        "kind": "ServiceAccount",
        "metadata": {"name": "exporter", "namespace": "shop", "annotations": annotations},
    }


def _role(*managed: str, **inline: Any) -> Resource:
    policies = [{"PolicyName": key, "PolicyDocument": value} for key, value in inline.items()]
    config = {"RoleName": "exporter", "AttachedManagedPolicies": list(managed), "RolePolicyList": policies}
    return neighbour(ROLE, config, name="exporter", region=GLOBAL)


_OWN = neighbour(POLICY, {"PolicyDocument": EVERYTHING}, name="everything", region=GLOBAL)


@check(
    resource_type=ACCOUNT,
    title="Service account's pods do not become an administrator of AWS",
    problem="Service account's pods become an administrator of AWS",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:kubernetes", "practices:iam"),
    needs=(ROLE, POLICY),
    remediation=Remediation(
        console="Make a role with what the pods call alone (IAM Access Analyzer generates its policy from CloudTrail), "
        f"and name it in the service account's annotation {ROLE_ANNOTATION}.",
        cli="kubectl annotate serviceaccount {name} eks.amazonaws.com/role-arn=<role> --overwrite",
    ),
    examples=(
        passes(_account(), related=(_role("arn:aws:iam::aws:policy/ReadOnlyAccess", reads=READ),)),
        fails(_account(), related=(_role(_ADMINISTRATOR),)),
        fails(_account(), "by an inline policy", related=(_role(all=EVERYTHING),)),
        fails(_account(), "by a managed policy of the account's own", related=(_role(_OWN.arn), _OWN)),
        is_unknown(_account(), gaps=(ROLE,)),
        is_unknown(_account(), "no such role is listed"),
        is_unknown(_account("arn:aws:iam::444455556666:role/other"), "the role is another account's"),
        does_not_apply(_account(""), "no role"),
    ),
)
def kubernetes_service_account_role_not_administrator(account: Resource, related: Related) -> Outcome:
    """A hole in one pod is then the whole AWS account: whoever gets a shell in it may do everything.

    So may whoever is allowed to start a pod with this service account, or to make tokens of it.
    """
    role = (account.config["metadata"].get("annotations") or {}).get(ROLE_ANNOTATION)
    if not role:
        return not_applicable("Its pods become no role by annotation.", PATH)
    parsed = Arn.parse(role)
    name = parsed.name
    if parsed.account_id != account.account_id:
        return unknown(f"The role {name} is in another account.", PATH)
    roles = related.here_by(ROLE, _name, name, region=GLOBAL)
    if not roles:
        return unknown(f"The role {name} is not listed.", PATH)
    if any_of(lambda: _is_attached(roles[0], related), lambda: _is_written(roles[0])):
        return failed(f"The role {name} allows every action on every resource.", PATH)
    return passed(f"The role {name} is no administrator.", PATH)


def _name(role: Resource) -> Iterator[str]:
    yield role.config.get("RoleName") or role.name


def _arn(policy: Resource) -> Iterator[str]:
    yield policy.arn


def _is_attached(role: Resource, related: Related) -> bool:
    attached = role.config["AttachedManagedPolicies"]
    if any(arn.endswith(":aws:policy/AdministratorAccess") for arn in attached):
        return True
    return any_of(*(partial(related.any_by, POLICY, _arn, arn, _allows_all, region=GLOBAL) for arn in attached))


def _allows_all(policy: Resource) -> bool:
    return _is_everything(policy.config["PolicyDocument"])


def _is_written(role: Resource) -> bool:
    return any_of(*(partial(_inline, each) for each in role.config["RolePolicyList"] or ()))


def _inline(policy: Mapping[str, Any]) -> bool:
    return _is_everything(policy["PolicyDocument"])


def _is_everything(document: Any) -> bool:
    return any(is_everything(each) for each in parse(document or {}).allows)
