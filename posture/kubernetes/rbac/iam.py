"""The two ways between a cluster and IAM.

Access entries and the config map aws-auth let principals in; annotations and associations make pods IAM roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from posture.core.arn import Arn
from posture.core.iam import (
    Answer,
    Caller,
    CallerKind,
    Context,
    PolicySet,
    Request,
    RequestTarget,
    compile_policy,
    decide,
)
from posture.core.values import Unknown
from posture.kubernetes.pods import mapping, sequence
from posture.kubernetes.rbac.access_policies import NARROW_POLICIES, access_policy_rules
from posture.kubernetes.rbac.graph import RbacLogin
from posture.kubernetes.rbac.nodes import EVERYWHERE, RbacNode, service_account

ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
AUDIENCE_ANNOTATION = "eks.amazonaws.com/audience"
AUDIENCE = "sts.amazonaws.com"
CONFIG_MAP_TEXT_MAX = 200_000
Fields = Mapping[str, Any]


class RoleWay(StrEnum):
    """How pods become a role."""

    IRSA = "IRSA"
    POD_IDENTITY = "pod identity"


@dataclass(frozen=True, slots=True)
class PodRole:
    """An IAM role that the pods of a service account become."""

    account: RbacNode
    role_arn: str
    way: RoleWay
    is_trusted: bool | None = True
    """Whether the role's trust lets them; None where it is not known."""


def login_of(entry: Fields) -> RbacLogin | None:
    """Return whom an access entry lets in; None where that is not known."""
    arn, groups, policies = entry.get("principalArn"), entry.get("kubernetesGroups"), entry.get("AccessPolicies")
    if not isinstance(arn, str):
        return None
    associated = [] if isinstance(policies, Unknown) else [mapping(one) for one in sequence(policies)]
    granted = tuple(pair for each in associated for pair in _policies(each))
    known = all(access_policy_rules(name) is not None or name in NARROW_POLICIES for name, _ in granted)
    return RbacLogin(
        arn=arn,
        username=_text(entry.get("username")),
        groups=tuple(one for one in sequence(groups) if isinstance(one, str)),
        policies=tuple((name, namespace) for name, namespace in granted if access_policy_rules(name) is not None),
        is_complete=known and not isinstance(groups, Unknown) and not isinstance(policies, Unknown),
    )


def _policies(associated: Fields) -> Iterator[tuple[str, str]]:
    name = _text(associated.get("policyArn")).rsplit("/", 1)[-1]
    scope = mapping(associated.get("accessScope"))
    if scope.get("type") == "namespace":
        yield from ((name, _text(one)) for one in sequence(scope.get("namespaces")) if _text(one))
    else:
        yield name, EVERYWHERE


def config_map_logins(data: Fields) -> list[RbacLogin] | None:
    """Return whom the config map aws-auth lets in; None where it cannot be read."""
    found: list[RbacLogin] = []
    for field, key in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        entries = _yaml_list(data.get(field))
        if entries is None:
            return None
        for raw in entries:
            entry = mapping(raw)
            if isinstance(entry.get(key), str):
                groups = tuple(one for one in sequence(entry.get("groups")) if isinstance(one, str))
                found.append(RbacLogin(entry[key], _text(entry.get("username")), groups))
    return found


def _yaml_list(text: object) -> list[Any] | None:
    """Return a list that is written as YAML; None for what is none."""
    if text is None:
        return []
    if not isinstance(text, str) or len(text) > CONFIG_MAP_TEXT_MAX:
        return None
    from posture.kubernetes.manifests import ManifestError, read_value

    # Whoever may write the config map writes this: PyYAML's own loader recurses, merges and converts without limits.
    try:
        found = read_value(text.encode("utf-8", "replace"), "aws-auth")
    except ManifestError:
        return None
    return [] if found is None else found if isinstance(found, list) else None


def pod_roles(
    accounts: Iterable[Fields],
    associations: Iterable[Fields],
    trusts: Mapping[str, Any],
    issuer: str,
) -> list[PodRole]:
    """Return the roles that pods become.

    `accounts` are service accounts, `associations` configurations of pod identity associations, `trusts` the trust
    policies of roles by ARN as far as they were read, `issuer` the cluster's; empty where it is not known.
    """
    found = [role for each in accounts if (role := _annotated(each, trusts, issuer))]
    for each in associations:
        namespace, name, role = each.get("namespace"), each.get("serviceAccount"), each.get("roleArn")
        if isinstance(namespace, str) and isinstance(name, str) and isinstance(role, str):
            found.append(PodRole(service_account(namespace, name), role, RoleWay.POD_IDENTITY))
    return found


def _annotated(account: Fields, trusts: Mapping[str, Any], issuer: str) -> PodRole | None:
    metadata = mapping(account.get("metadata"))
    annotations = mapping(metadata.get("annotations"))
    role = annotations.get(ROLE_ANNOTATION)
    if not isinstance(role, str) or not role:
        return None
    node = service_account(_text(metadata.get("namespace")) or "default", _text(metadata.get("name")))
    audience = _text(annotations.get(AUDIENCE_ANNOTATION)) or AUDIENCE
    return PodRole(node, role, RoleWay.IRSA, trusts_account(trusts.get(role), role, issuer, node, audience))


def trusts_account(trust: Any, role_arn: str, issuer: str, account: RbacNode, audience: str = AUDIENCE) -> bool | None:
    """Return whether a role's trust policy lets in a service account's token.

    None where the policy or the cluster's issuer is not known.
    """
    if not issuer or not isinstance(trust, Mapping):
        return None
    name = issuer.removeprefix("https://")
    role = Arn.parse(role_arn)
    provider = f"arn:{role.partition}:iam::{role.account_id}:oidc-provider/{name}"
    subject = f"system:serviceaccount:{account.namespace}:{account.name}"
    decision = decide(
        Request(
            Caller(CallerKind.WEB_IDENTITY, provider=provider),
            "sts:AssumeRoleWithWebIdentity",
            RequestTarget(role_arn, role.account_id),
            PolicySet(resource=compile_policy(trust)),
            Context({f"{name}:aud".lower(): (audience,), f"{name}:sub".lower(): (subject,)}),
        )
    )
    return None if decision.value is Answer.UNKNOWN else decision.value is Answer.ALLOWED


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
