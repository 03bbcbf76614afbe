"""Chains of steps to cluster-admin, and which binding ends most of them.

Answers have three values: a list that was not readable makes "not found" unknown, never "nobody".
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from posture.kubernetes.rbac.graph import WORKLOAD, Rbac, RbacGrant
from posture.kubernetes.rbac.nodes import ADMINISTRATOR, OWN_PREFIXES, NodeKind, RbacNode
from posture.kubernetes.rbac.steps import EscalationStep, parts_of, steps_of, writes_logins

Chain = tuple[EscalationStep, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A binding, and the subjects that are no longer administrators without it."""

    binding: str
    subjects: tuple[RbacNode, ...]


HELD_MAX = 200_000
"""Grants of all subjects together that are followed.

A cluster of 5,000 subjects has a third of it; many bindings to a group of very many make it without end.
"""


class Escalation:
    """Who is cluster-admin in a graph, and who can become it."""

    def __init__(self, rbac: Rbac) -> None:
        self.rbac = rbac
        self.subjects = rbac.subjects()
        self._steps: dict[RbacNode, list[EscalationStep]] = defaultdict(list)
        self.is_too_large = self._held_by_all() > HELD_MAX
        if self.is_too_large:
            return
        for subject in self.subjects:
            self._steps[subject] = list(steps_of(rbac, subject))
        for part in parts_of(rbac):
            self._steps[part.source].append(part)

    def _held_by_all(self) -> int:
        grants = self.rbac.grants
        return sum(len(grants.get(node, ())) for each in self.subjects for node in self.rbac.identities(each))

    @cached_property
    def chains(self) -> Mapping[RbacNode, Chain]:
        """The shortest chain to cluster-admin of each subject that has one."""
        return {subject: chain for subject in self.subjects if (chain := self._chain(subject))}

    def steps(self, node: RbacNode) -> tuple[EscalationStep, ...]:
        """Return the steps that somebody can take."""
        return tuple(self._steps.get(node, ()))

    def is_administrator(self, subject: RbacNode) -> bool | None:
        """Return whether a subject is cluster-admin or can become it.

        None where it is not known.
        """
        if subject in self.chains:
            return True
        return None if self.unknown_because(subject) else False

    def unknown_because(self, subject: RbacNode) -> tuple[str, ...]:
        """Return the kinds whose unread lists may hide a chain of a subject.

        Of a cluster that is too large to follow no binding counts as read.
        """
        if self.is_too_large:
            return ("ClusterRoleBinding",)
        missing = list(self.rbac.unread.rbac())
        login = self.rbac.logins.get(subject)
        if login is not None and not login.is_complete:
            missing.append("AccessEntry")
        for node in self._reachable(subject):
            missing += self._missing_at(node)
        return tuple(dict.fromkeys(missing))

    def _missing_at(self, node: RbacNode) -> Iterator[str]:
        """Yield the kinds of which unread lists may hold a further step of a node."""
        held = self.rbac.held(node)
        takes_named = any(grant.rule.names and grant.rule.may_lead_further for grant in held)
        if (takes_named or node.kind is NodeKind.ACCOUNTS) and self.rbac.unread.covers(
            "ServiceAccount", node.namespace
        ):
            yield "ServiceAccount"
        # Pods run as service accounts, so workloads name some that no list has.
        is_whole = node.kind in (NodeKind.ACCOUNTS, NodeKind.PODS)
        if (takes_named or is_whole) and self.rbac.unread.covers(WORKLOAD, node.namespace):
            yield WORKLOAD
        if self.rbac.reads_config_map is None and writes_logins(list(held)):
            yield "ConfigMap"

    @cached_property
    def cuts(self) -> tuple[Cut, ...]:
        """Bindings whose removal ends chains, those that end most first.

        Who is an administrator by Kubernetes's own doing is not counted.
        """
        own = [subject for subject in self.chains if not self.is_own(subject)]
        used = {grant.binding for subject in own for step in self.chains[subject] for grant in _grants(step)}
        found = []
        for binding in sorted(used):
            left = self._distances(binding)
            ended = tuple(subject for subject in own if subject not in left)
            if ended:
                found.append(Cut(binding, ended))
        return tuple(sorted(found, key=lambda cut: (-len(cut.subjects), cut.binding)))

    def is_own(self, subject: RbacNode) -> bool:
        """Return True for subjects of Kubernetes and EKS themselves.

        They hold only what these gave them.
        """
        if subject.kind in (NodeKind.USER, NodeKind.GROUP):
            return subject.name.startswith(OWN_PREFIXES) and not (subject.is_anonymous or subject.is_everybody)
        if subject.kind is not NodeKind.SERVICE_ACCOUNT or subject.namespace != "kube-system":
            return False
        bindings = self.rbac.bindings
        return all(grant.binding in bindings and bindings[grant.binding].is_default for grant in self._direct(subject))

    def _direct(self, subject: RbacNode) -> Iterable[RbacGrant]:
        return self.rbac.grants.get(subject, ())

    def _chain(self, subject: RbacNode) -> Chain:
        distances = self._distance_to_administrator
        chain: list[EscalationStep] = []
        node = subject
        while node != ADMINISTRATOR:
            if node not in distances:
                return ()
            step = distances[node][1]
            chain.append(step)
            node = step.target
        return tuple(chain)

    @cached_property
    def _distance_to_administrator(self) -> Mapping[RbacNode, tuple[int, EscalationStep]]:
        return self._distances("")

    def _distances(self, without: str) -> Mapping[RbacNode, tuple[int, EscalationStep]]:
        """Return how far each node is from cluster-admin, and its next step.

        Nodes that do not reach it without the binding are left out.
        """
        found: dict[RbacNode, tuple[int, EscalationStep]] = {}
        waiting: deque[tuple[int, RbacNode]] = deque([(0, ADMINISTRATOR)])
        done: set[RbacNode] = set()
        while waiting:
            far, node = waiting.popleft()
            if node in done:
                continue
            done.add(node)
            for step in self._into.get(node, ()):
                length = far + bool(step.verb)
                known = found.get(step.source)
                if step.source in done or (known and known[0] <= length) or not step.survives(without):
                    continue
                found[step.source] = (length, step)
                (waiting.append if step.verb else waiting.appendleft)((length, step.source))
        return found

    @cached_property
    def _into(self) -> Mapping[RbacNode, list[EscalationStep]]:
        found: dict[RbacNode, list[EscalationStep]] = defaultdict(list)
        for steps in self._steps.values():
            for step in steps:
                found[step.target].append(step)
        return found

    def _reachable(self, subject: RbacNode) -> list[RbacNode]:
        found = {subject: None}
        waiting = [subject]
        while waiting:
            for step in self._steps.get(waiting.pop(), ()):
                if step.target not in found:
                    found[step.target] = None
                    waiting.append(step.target)
        return list(found)


def length(chain: Chain) -> int:
    """Return the number of steps of a chain; parts of wholes are none."""
    return sum(bool(step.verb) for step in chain)


def has_all_rights(chain: Chain) -> bool:
    """Return True if a chain's holder is cluster-admin as it is, without taking it."""
    return len(chain) == 1 and chain[0].verb in ("*", "system:masters")


def _grants(step: EscalationStep) -> Iterable[RbacGrant]:
    return (grant for group in step.needs for grant in group)
