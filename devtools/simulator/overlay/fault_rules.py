"""Fault rules, as the control API accepts them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from devtools.simulator.overlay.terms import Reply

EFFECTS = frozenset({"deny", "throttle", "limit", "slow", "error", "html", "cut", "loop", "reset"})

CAUSES = {
    "identity": "because no identity-based policy allows the {action} action",
    "identity-explicit": "with an explicit deny in an identity-based policy: {policy}",
    "boundary": "because no permissions boundary allows the {action} action",
    "session-explicit": "with an explicit deny in a session policy",
    "session": "because no session policy allows the {action} action",
    "scp-implicit": "because no service control policy allows the {action} action",
    "scp": "with an explicit deny in a service control policy: {policy}",
    "rcp": "with an explicit deny in a resource control policy: {policy}",
    "resource": "with an explicit deny in a resource-based policy",
}
"""How AWS ends its sentence; `policy` is the policy's ARN."""


@dataclass
class Fault:
    """A rule: which calls it matches, and their outcome.

    `actions` are patterns over `service:Operation` or the IAM action (`ec2:Describe*`), `accounts` and `regions`
    patterns too. `times` ends the rule after so many hits; `every` lets it hit each n-th matching call only.
    `seconds` is the delay of "slow"; `status`, `code` and `message` are those of "error". A "limit" throttles what
    goes beyond `burst` calls and `rate` a second, counted as AWS does: for each account, region and operation.
    """

    id: str
    effect: str
    actions: list[str]
    accounts: list[str] = field(default_factory=lambda: ["*"])
    regions: list[str] = field(default_factory=lambda: ["*"])
    cause: str = "identity"
    policy: str = ""
    status: int = 500
    code: str = ""
    message: str = ""
    seconds: float = 1.0
    rate: float = 20.0
    burst: float = 100.0
    times: int | None = None
    every: int = 1
    seen: int = 0
    hits: int = 0
    first: dict[tuple[str, str, str], Reply] = field(default_factory=dict)
    """Of a "loop", what each place answered at first."""

    @classmethod
    def from_data(cls, id: str, data: dict[str, Any]) -> Fault:  # noqa: A002  (the field's name on the wire)
        """Build a rule from JSON, or say in a ValueError what is wrong with it."""
        known = {f.name for f in fields(cls)} - {"id", "seen", "hits", "first"}
        if unknown := set(data) - known:
            raise ValueError(f"A fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}.")
        if data.get("effect") not in EFFECTS:
            raise ValueError(f"A fault's effect is one of {', '.join(sorted(EFFECTS))}, not {data.get('effect')!r}.")
        if data.get("cause", "identity") not in CAUSES:
            raise ValueError(f"A denial's cause is one of {', '.join(sorted(CAUSES))}, not {data['cause']!r}.")
        if not data.get("actions"):
            raise ValueError('A fault needs actions, such as ["ec2:Describe*"].')
        return cls(id=id, **data)

    def data(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "first"}
