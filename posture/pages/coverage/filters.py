"""Filters of account-regions, as the URL has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.core.coverage import tools
from posture.pages.coverage import state_grid
from posture.web import parameters

TOOLS = {tool.id: tool for tool in tools()}
STATE_SENTENCES = {"off": "is off where something runs", "unknown": "could not be seen", "partly": "is partly on"}
"""States as the title words them; the others are worded as everywhere."""


@dataclass(frozen=True, slots=True)
class CoverageSelection:
    """The filters of the list; empty means all."""

    tool: str = ""
    state: str = ""
    region: str = ""
    unit: str = ""
    moved: str = ""

    @classmethod
    def of(cls, request: HttpRequest, regions: Collection[str]) -> CoverageSelection:
        """Return the filters that the URL sets; a value that none of them has means all."""
        return cls(
            tool=parameters.choice(request, "tool", TOOLS),
            state=parameters.choice(request, "state", state_grid.LETTERS),
            region=parameters.choice(request, "region", {*regions, "global"}),
            unit=parameters.text(request, "unit"),
            moved=parameters.choice(request, "moved", ("gained", "lost")),
        )

    def has(self, region: str, state: str, moved: str) -> bool:
        """Return True if an account-region of the tool and unit matches."""
        return self.state in {"", state} and self.region in {"", region} and self.moved in {"", moved}

    def choices(
        self, regions: Sequence[str], units: Mapping[str, str]
    ) -> list[tuple[str, str, Sequence[tuple[str, str]], str]]:
        """Return the filters: parameter, label, values with words, current value."""
        return [
            ("tool", "Tool", [(tool.id, tool.title) for tool in TOOLS.values()], self.tool),
            ("state", "State", list(state_grid.WORDS.items()), self.state),
            ("region", "Region", [(region, region) for region in regions], self.region),
            ("unit", "Unit", sorted(units.items(), key=lambda pair: pair[1]), self.unit),
        ]

    def title(self, units: Mapping[str, str]) -> str:
        """Return the filters as a sentence."""
        tool = TOOLS[self.tool].title if self.tool else "An AWS tool"
        state = f"is {state_grid.WORDS[self.state]}" if self.state else "by account and region"
        where = [self.region, units.get(self.unit, "")]
        sentence = f"{tool} {STATE_SENTENCES.get(self.state, state)}"
        return sentence + "".join(f", {part}" for part in where if part)
