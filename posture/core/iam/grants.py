"""Whether the caller's policies, the resource's, or both grant a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posture.core.iam.kms_grants import grants_for
from posture.core.iam.layers import Hit, PolicyLayer
from posture.core.iam.logic import Truth, all_of, any_of
from posture.core.iam.principals import CallerKind, Grade
from posture.core.iam.request import Request
from posture.core.values import Unknown


@dataclass(frozen=True, slots=True)
class PolicyGrant:
    """Whether a request is granted, and by what."""

    truth: Truth
    by: tuple[str, ...] = ()
    layers: Sequence[PolicyLayer] = ()
    missing: str = ""
    """The layer that would have to allow."""
    is_limited: bool = False
    """Whether a session policy could take it away."""


@dataclass(frozen=True, slots=True)
class _Sides:
    """What either side allows."""

    identity: Truth
    boundary: Truth
    session: Truth
    direct: Truth
    role: Truth
    account: Truth

    @property
    def limits(self) -> Truth:
        return all_of((self.boundary, self.session))

    @property
    def any_of_resource(self) -> Truth:
        return any_of((self.direct, self.role, self.account))


def grant_of(
    request: Request, identity: PolicyLayer, boundary: PolicyLayer, session: PolicyLayer, resource: PolicyLayer
) -> PolicyGrant:
    """Return whether the policies grant a request."""
    others = _other_grants(request)
    layers = [identity, boundary, session, resource, others]
    sides = _Sides(
        _identity(request, identity),
        _boundary(request, boundary),
        _session(request, session),
        any_of((resource.allowed(Grade.DIRECT), others.allowed())),
        resource.allowed(Grade.ROLE, Grade.ROLE),
        resource.allowed(Grade.ACCOUNT, Grade.ACCOUNT),
    )
    truth = _granted(request, sides)
    if truth is False:
        return PolicyGrant(truth, missing=_missing(request, sides))
    by = _by(request, sides, layers) if truth else ()
    in_doubt = [layer.without_denies() for layer in layers] if truth is None else ()
    return PolicyGrant(truth, by, in_doubt, is_limited=sides.direct is not True)


def _granted(request: Request, sides: _Sides) -> Truth:
    if not request.caller.has_identity:
        return sides.direct
    own = all_of((sides.identity, sides.limits))
    if not request.is_same_account:
        return all_of((sides.any_of_resource, own))
    if request.caller.kind is CallerKind.ROOT:
        return sides.any_of_resource if request.needs_resource_policy else True
    delegated = all_of((sides.identity, sides.account)) if request.needs_resource_policy else sides.identity
    return any_of((sides.direct, all_of((any_of((delegated, sides.role)), sides.limits))))


def _identity(request: Request, layer: PolicyLayer) -> Truth:
    return True if request.caller.kind is CallerKind.ROOT else layer.allowed()


def _boundary(request: Request, layer: PolicyLayer) -> Truth:
    return True if request.policies.boundary is None else layer.allowed()


def _session(request: Request, layer: PolicyLayer) -> Truth:
    if request.policies.session is None:
        # A federated user without a session policy has no permissions of its user's.
        return request.caller.kind is not CallerKind.FEDERATED_USER
    return layer.allowed()


def _other_grants(request: Request) -> PolicyLayer:
    """Return what allows besides policies: grants of keys, and ACLs of buckets."""
    layer = PolicyLayer("grants")
    if request.service == "kms":
        for grant in grants_for(request.kms_grants, request.caller, request.action_lower, request.context):
            layer.allows.append(Hit(grant.path, grant.truth))
        if isinstance(request.kms_grants, Unknown):
            layer.unread.append(("kms_grants", request.kms_grants))
    elif request.service == "s3" and (isinstance(request.s3.acl, Unknown) or request.s3.acl):
        for acl in request.s3.acl_grants(request.caller, request.action_lower):
            layer.allows.append(Hit(acl.path, acl.truth))
        if isinstance(request.s3.acl, Unknown) and layer.allows:
            layer.unread.append(("s3.acl", request.s3.acl))
    return layer


def _missing(request: Request, sides: _Sides) -> str:
    if not request.caller.has_identity:
        return "resource"
    if sides.limits is False and sides.identity is not False:
        return "boundary" if sides.boundary is False else "session"
    needs_resource = request.needs_resource_policy or not request.is_same_account
    return "resource" if needs_resource and sides.any_of_resource is False else "identity"


def _by(request: Request, sides: _Sides, layers: Sequence[PolicyLayer]) -> tuple[str, ...]:
    """Return the paths of the statements that grant."""
    identity, _, _, resource, others = layers
    granting = [*resource.allows, *others.allows]
    uses_identity = sides.direct is not True or not request.is_same_account
    hits = [*(identity.allows if uses_identity else ()), *granting]
    needs_account = (request.needs_resource_policy or not request.is_same_account) and sides.direct is not True
    paths = [hit.full_path for hit in hits if hit.truth and (needs_account or hit.grade is not Grade.ACCOUNT)]
    return tuple(paths) or ("rule: root",)
