"""Which Allow statements are covered by Deny statements, by their patterns alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_

from posture.core.policy import Statement
from posture.core.wildcards import covers, fixed_start, has_wildcard, may_overlap

EVERYTHING = "*"
MAX_PAIRS = 100_000
"""Pairs of actions and resources that are compared one by one; beyond, one Deny has to cover all of them."""


class DenyCoverage:
    """Deny statements, asked together which of them cover all that an Allow covers.

    Each distinct action and resource is looked up once, whatever the number of statements: the answer is a number with
    one bit for each Deny, and a Deny whose bit is in the answers for all of an Allow's actions and resources covers it.
    """

    def __init__(self, denies: Sequence[Statement]) -> None:
        self._all = (1 << len(denies)) - 1
        self._actions = _StatementPatterns(
            [[pattern.lower() for pattern in deny.actions] for deny in denies],
            [[spared.lower() for spared in deny.not_actions] for deny in denies],
        )
        self._resources = _StatementPatterns(
            # Without the element, a statement speaks of everything.
            [deny.resources or (EVERYTHING,) for deny in denies],
            [deny.not_resources for deny in denies],
        )

    def cover(self, allow: Statement) -> bool:
        """Return True if Denies cover all that an Allow covers; False where unknown."""
        is_open = bool(allow.not_actions or allow.not_resources)
        actions = {self._actions.covering(one.lower()) for one in ((EVERYTHING,) if is_open else allow.actions)}
        on = {self._resources.covering(one) for one in ((EVERYTHING,) if is_open else allow.resources)}
        # Without the element, an Allow is about the resource that has the policy, as each Deny is.
        on = on or {self._all}
        if not self._all:
            return False
        if len(actions) * len(on) > MAX_PAIRS:
            return bool(reduce(and_, actions | on, self._all))
        return all(action & resource for action in actions for resource in on)


@dataclass(slots=True)
class _StatementPatterns:
    """The patterns of one element of many statements.

    Most are plain texts or end in their one wildcard.
    """

    patterns: Sequence[Iterable[str]]
    """By statement."""
    spared: Sequence[Iterable[str]]
    """By statement, what its negated element leaves out: where there is any, it speaks of all else."""
    _plain: dict[str, int] = field(default_factory=dict, init=False)
    _starts: dict[int, dict[str, int]] = field(default_factory=dict, init=False)
    """Those with one star, at the end, by their lengths without it."""
    _others: dict[str, int] = field(default_factory=dict, init=False)
    _spared: dict[str, int] = field(default_factory=dict, init=False)
    _negated: int = field(default=0, init=False)
    _known: dict[str, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for number, (patterns, spared) in enumerate(zip(self.patterns, self.spared, strict=True)):
            bit = 1 << number
            for pattern in spared:
                self._negated |= bit
                self._spared[pattern] = self._spared.get(pattern, 0) | bit
            if not self._negated & bit:
                for pattern in patterns:
                    table = self._table_of(pattern)
                    table[pattern] = table.get(pattern, 0) | bit

    def covering(self, text: str) -> int:
        """Return the statements that speak of all that a text may stand for, as bits."""
        if text not in self._known:
            self._known[text] = self._find(text)
        return self._known[text]

    def _find(self, text: str) -> int:
        found = self._plain.get(text, 0)
        for length, starts in self._starts.items():
            found |= starts.get(f"{text[:length]}*", 0) if len(text) >= length else 0
        for pattern, bits in self._others.items():
            if bits & ~found and covers(pattern, text):
                found |= bits
        left = self._negated
        for pattern, bits in self._spared.items():
            if bits & left and may_overlap(pattern, text):
                left &= ~bits
        return found | left

    def _table_of(self, pattern: str) -> dict[str, int]:
        if not has_wildcard(pattern):
            return self._plain
        start = fixed_start(pattern)
        return self._starts.setdefault(len(start), {}) if pattern == f"{start}*" else self._others
