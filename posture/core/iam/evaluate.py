"""Decide about a request: not denied, within all limits, and granted.

`allowed = ¬deny ∧ scp ∧ rcp ∧ endpoint ∧ grant` in three-valued logic, so that what was not read is neither
allowed nor denied, unless the rest decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from posture.core.iam import rcp
from posture.core.iam.decision import Answer, Decision
from posture.core.iam.documents import CompiledPolicy
from posture.core.iam.grants import PolicyGrant, grant_of
from posture.core.iam.layers import Hit, PolicyLayer, read_layer
from posture.core.iam.logic import Truth, all_of, any_of, negated
from posture.core.iam.policy_set import LayerStatements
from posture.core.iam.principals import CallerKind
from posture.core.iam.protected import fixed_decision
from posture.core.iam.request import Request
from posture.core.iam.s3_access import REPAIRS

_ANSWERS = {True: Answer.ALLOWED, False: Answer.DENIED, None: Answer.UNKNOWN}
NO_SESSION_POLICY = "unless the session has a policy of its own that does not allow it"


@dataclass(frozen=True, slots=True)
class DecisionPart:
    """One condition of a decision, and the layers that it rests on."""

    name: str
    truth: Truth
    layers: Sequence[PolicyLayer] = ()


@dataclass(slots=True)
class Layers:
    """All layers of a request."""

    identity: PolicyLayer
    boundary: PolicyLayer
    session: PolicyLayer
    resource: PolicyLayer
    endpoint: PolicyLayer
    scp: Sequence[PolicyLayer]
    rcp: Sequence[PolicyLayer]


def decide(request: Request) -> Decision:
    """Return whether a request is allowed, by which statements, and what remains."""
    fixed = fixed_decision(request)
    if fixed is not None:
        return fixed
    layers = _read(request)
    grant = grant_of(request, layers.identity, layers.boundary, layers.session, layers.resource)
    parts = [
        _not_denied(request, layers),
        *_limits(request, layers),
        DecisionPart(grant.missing, grant.truth, grant.layers),
    ]
    value = _ANSWERS[all_of(part.truth for part in parts)]
    if value is Answer.DENIED:
        return Decision(value, _denied_by(layers, parts))
    if value is Answer.UNKNOWN:
        return _unknown(request, [part for part in parts if part.truth is None])
    return Decision(value, grant.by, _assumed(request, grant))


def _read(request: Request) -> Layers:
    found = request.policies.about(request.action_lower)
    return Layers(
        read_layer(found.identity, request) if request.caller.has_identity else PolicyLayer("identity"),
        read_layer(found.boundary, request),
        read_layer(found.session, request),
        read_layer(found.resource, request, by_principal=True),
        read_layer(found.endpoint, request, by_principal=True),
        _scps(request, found.scp),
        _rcps(request, found.rcp),
    )


def _scps(request: Request, levels: Sequence[LayerStatements]) -> list[PolicyLayer]:
    caller = request.caller
    if not levels or not caller.has_identity or caller.is_management is True or caller.is_service_linked:
        return []
    layers = [read_layer(level, request) for level in levels]
    return layers if caller.is_management is False else list(map(_doubted, layers))


def _rcps(request: Request, levels: Sequence[LayerStatements]) -> list[PolicyLayer]:
    is_bound = rcp.binds(request) if levels else False
    if is_bound is False:
        return []
    layers = [read_layer(level, request, by_principal=True) for level in levels]
    return layers if is_bound else list(map(_doubted, layers))


def _doubted(layer: PolicyLayer) -> PolicyLayer:
    """Return a layer of which it is not known whether it counts."""
    layer.denies = [Hit(hit.path, None, hit.grade, hit.statement) for hit in layer.denies]
    return layer


def _denying(request: Request, layers: Layers) -> list[PolicyLayer]:
    """Return the layers whose Deny statements count."""
    found = [layers.identity, layers.boundary, layers.session, *layers.scp, *layers.rcp, layers.endpoint]
    is_owner = request.caller.kind is CallerKind.ROOT and request.is_same_account
    return found if is_owner and request.action_lower in REPAIRS else [*found, layers.resource]


def _not_denied(request: Request, layers: Layers) -> DecisionPart:
    denying = _denying(request, layers)
    only_denies = [one.without_allows() for one in denying if one.denies or one.unread]
    return DecisionPart("deny", negated(any_of([layer.denied() for layer in only_denies])), only_denies)


def _limits(request: Request, layers: Layers) -> Iterator[DecisionPart]:
    for level in layers.scp:
        yield DecisionPart(level.name, any_of((request.caller.is_management, level.allowed())), [level])
    if request.policies.endpoint is not None:
        yield DecisionPart("endpoint", layers.endpoint.allowed(), [layers.endpoint])
    if request.service == "s3" and request.s3.restricts_public_buckets is not False:
        policy = request.policies.resource
        is_public = policy.is_public if isinstance(policy, CompiledPolicy) else (False if policy is None else None)
        shut = request.s3.shuts_out(request.caller, is_same_account=request.is_same_account, is_public=is_public)
        yield DecisionPart("s3.restrict_public_buckets", negated(shut), [layers.resource])


def _denied_by(layers: Layers, parts: Sequence[DecisionPart]) -> tuple[str, ...]:
    if parts[0].truth is False:
        denies = [hit for layer in parts[0].layers for hit in layer.denies if hit.truth is True]
        return tuple(hit.full_path for hit in denies)
    return tuple(part.name for part in parts if part.truth is False)


def _unknown(request: Request, parts: Sequence[DecisionPart]) -> Decision:
    layers = list({id(layer): layer for part in parts for layer in part.layers}.values())
    hits = [hit for layer in layers for hit in (*layer.allows, *layer.denies) if hit.truth is None]
    unread = [(path, unknown) for layer in layers for path, unknown in layer.unread]
    paths = [*(hit.full_path for hit in hits), *(path for path, _ in unread)]
    sentences = [sentence for hit in hits for sentence in _residue(request, hit)]
    return Decision(
        Answer.UNKNOWN,
        tuple(dict.fromkeys(paths or [part.name for part in parts])),
        tuple(dict.fromkeys(sentences)),
        tuple(dict.fromkeys(f"{path} ({unknown})" for path, unknown in unread)),
    )


def _residue(request: Request, hit: Hit) -> Iterator[str]:
    if hit.statement is not None:
        yield from hit.statement.residue(request.context)


def _assumed(request: Request, grant: PolicyGrant) -> tuple[str, ...]:
    """Return what an Allow rests on that no inventory shows, or that may have changed."""
    is_session = request.caller.is_role and request.policies.session is None
    assumed = (NO_SESSION_POLICY,) if is_session and grant.is_limited else ()
    return (*assumed, *_uncovered(request)) if request.policies.rcp else assumed


def _uncovered(request: Request) -> Iterator[str]:
    """Yield that AWS may cover the service by RCPs by now, where one would deny."""
    covered = rcp.covered_services()
    if request.service in covered.prefixes or rcp.is_subject(request) is False:
        return
    levels = request.policies.about(request.action_lower).rcp
    if any(read_layer(level, request, by_principal=True).denies for level in levels):
        day = f"{covered.as_of.day} {covered.as_of:%B %Y}"
        yield f"unless resource control policies cover {request.service} since {day}"
