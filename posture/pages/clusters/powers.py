"""Subjects and principals of a cluster by what they may do in effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from posture.kubernetes.rbac.chains import Escalation, has_all_rights
from posture.kubernetes.rbac.graph import RbacLogin
from posture.kubernetes.rbac.nodes import RbacNode
from posture.kubernetes.rbac.rules import RbacRule
from posture.kubernetes.rbac.steps import READ, EscalationStep
from posture.pages.clusters.facts import ClusterPower, Entrance, RbacSubject, StepFact

NODES_GROUP = "system:nodes"
POWER_ORDER = list(ClusterPower)
SECRETS = "secrets"
READS_SECRETS = "reads secrets"
WORDS_MAX = 3


def subjects_of(found: Escalation) -> tuple[RbacSubject, ...]:
    """Return everybody, the most powerful first."""
    made = [_subject(found, one) for one in found.subjects]
    return tuple(sorted(made, key=_order))


def _order(one: RbacSubject) -> tuple[int, bool, bool, int, str]:
    is_reached = one.is_anonymous or one.is_everybody
    return POWER_ORDER.index(one.power), not is_reached, not one.is_used, len(one.steps), one.name


def _subject(found: Escalation, node: RbacNode) -> RbacSubject:
    rbac = found.rbac
    power = power_of(found, node)
    held = rbac.grants.get(node, ())
    return RbacSubject(
        kind=node.kind.value,
        name=str(node),
        namespace=node.namespace,
        power=power,
        steps=tuple(_steps(found, node, power)),
        bindings=tuple(dict.fromkeys(grant.binding for grant in held)),
        roles=tuple(dict.fromkeys(grant.role for grant in held)),
        workloads=rbac.running.get(node, ()),
        is_anonymous=node.is_anonymous,
        is_everybody=node.is_everybody,
    )


def power_of(found: Escalation, node: RbacNode) -> ClusterPower:
    """Return what somebody may do in effect."""
    if found.is_own(node):
        return ClusterPower.OWN
    chain = found.chains.get(node)
    if chain:
        return ClusterPower.HAS if has_all_rights(chain) else ClusterPower.TAKES
    if found.steps(node) or _reads_secrets(found, node):
        return ClusterPower.OTHER
    return ClusterPower.UNKNOWN if found.is_administrator(node) is None else ClusterPower.HARMLESS


def _steps(found: Escalation, node: RbacNode, power: ClusterPower) -> Iterable[StepFact]:
    if power in (ClusterPower.HAS, ClusterPower.TAKES, ClusterPower.OWN):
        return [step_fact(step) for step in found.chains.get(node, ()) if step.verb]
    steps = [step_fact(step) for step in found.steps(node) if step.verb]
    return (steps or _secrets(found, node))[:WORDS_MAX]


def step_fact(step: EscalationStep) -> StepFact:
    """Return a step as text."""
    grant = step.needs[0][0] if step.needs else None
    return StepFact(
        verb=step.verb,
        clause=step.clause,
        target=str(step.target),
        binding=grant.binding if grant else "",
        role=grant.role if grant else "",
        rule=f"{grant.rule.path}: {rule_words(grant.rule)}" if grant else "",
    )


def rule_words(rule: RbacRule) -> str:
    """Return what a rule allows, in a few words."""
    verbs, resources = sorted(rule.verbs), sorted(rule.resources)
    names = f" named {', '.join(sorted(rule.names)[:WORDS_MAX])}" if rule.names else ""
    return f"{_few(verbs)} on {_few(resources)}{names}"


def _few(words: list[str]) -> str:
    more = f" and {len(words) - WORDS_MAX} more" if len(words) > WORDS_MAX else ""
    return ", ".join(words[:WORDS_MAX]) + more


def _reads_secrets(found: Escalation, node: RbacNode) -> bool:
    return any(grant.rule.allows("", SECRETS, READ) for grant in found.rbac.held(node))


def _secrets(found: Escalation, node: RbacNode) -> list[StepFact]:
    return [
        StepFact(
            READS_SECRETS,
            READS_SECRETS,
            f"secrets in {grant.namespace}" if grant.namespace else "secrets in the cluster",
            grant.binding,
            grant.role,
            f"{grant.rule.path}: {rule_words(grant.rule)}",
        )
        for grant in found.rbac.held(node)
        if grant.rule.allows("", SECRETS, READ)
    ]


def entrances_of(found: Escalation, role_ids: Mapping[str, int]) -> tuple[Entrance, ...]:
    """Return principals of IAM that come in, the most powerful first."""
    made = [_entrance(found, node, login, role_ids) for node, login in found.rbac.logins.items()]
    return tuple(sorted(made, key=lambda one: (POWER_ORDER.index(one.power), one.arn)))


def _entrance(found: Escalation, node: RbacNode, login: RbacLogin, role_ids: Mapping[str, int]) -> Entrance:
    power = power_of(found, node)
    if NODES_GROUP in login.groups and power is ClusterPower.UNKNOWN:
        power = ClusterPower.HARMLESS
    steps = list(_steps(found, node, power))
    ways = [f"{policy}{f' in {namespace}' if namespace else ''}" for policy, namespace in login.policies]
    ways += [f"group {name}" for name in login.groups]
    return Entrance(
        arn=login.arn,
        ways=tuple(ways),
        power=power,
        step=steps[0].clause if steps else "",
        role_id=role_ids.get(login.arn),
    )
