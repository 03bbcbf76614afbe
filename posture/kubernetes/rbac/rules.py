"""Rules of roles, and the one question about them: is this allowed?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from posture.kubernetes.pods import mapping, sequence
from posture.kubernetes.rights import ANY

QUIET_VERBS = frozenset({"get", "list", "watch", "delete", "deletecollection"})
"""Verbs that lead to more on few resources alone."""
LOUD_RESOURCES = frozenset({ANY, "*/exec", "pods/exec", "*/proxy", "nodes/proxy", "secrets"})


@dataclass(frozen=True, slots=True)
class RbacRule:
    """A rule of a role, and where it is written."""

    role: str
    """The id of the role that has it: of another than was bound, where roles are aggregated."""
    path: str
    """As "rules[2]"."""
    groups: frozenset[str]
    resources: frozenset[str]
    verbs: frozenset[str]
    names: frozenset[str]
    """The objects that it is limited to; empty for all."""

    @property
    def is_administrator(self) -> bool:
        """Whether it allows everything on everything."""
        return ANY in self.groups and ANY in self.resources and ANY in self.verbs and not self.names

    @property
    def may_lead_further(self) -> bool:
        """Whether a step may rest on it; most rules only read."""
        return not self.verbs <= QUIET_VERBS or not self.resources.isdisjoint(LOUD_RESOURCES)

    def allows(self, group: str, resource: str, verbs: Collection[str], name: str = "") -> bool:
        """Return True if it allows one of the verbs on the named object.

        Where none is named, on every object.
        """
        return (
            (ANY in self.groups or group in self.groups)
            and self._has_resource(resource)
            and (ANY in self.verbs or not self.verbs.isdisjoint(verbs))
            and (not self.names or name in self.names)
        )

    def _has_resource(self, resource: str) -> bool:
        if ANY in self.resources or resource in self.resources:
            return True
        _, slash, part = resource.partition("/")
        return bool(slash) and f"*/{part}" in self.resources


def rules_of(role: Mapping[str, Any], role_id: str) -> Iterator[RbacRule]:
    """Yield the rules of a role; those about URLs alone are left out."""
    for at, each in enumerate(sequence(role.get("rules"))):
        raw = mapping(each)
        resources = _texts(raw.get("resources"))
        if resources:
            yield RbacRule(
                role=role_id,
                path=f"rules[{at}]",
                groups=_texts(raw.get("apiGroups")),
                resources=resources,
                verbs=_texts(raw.get("verbs")),
                names=_texts(raw.get("resourceNames")),
            )


def _texts(value: object) -> frozenset[str]:
    return frozenset(one for one in sequence(value) if isinstance(one, str))
