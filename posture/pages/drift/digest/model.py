"""A digest: its chapters, and its sentences for a mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posture.core.attribution import in_steps
from posture.history.query import ScoreAttribution
from posture.pages.drift.digest.periods import DigestSpan
from posture.web import figures
from posture.web.templatetags.words import joined, plural

LINES = 10
"""Lines of each part; the rest is counted."""
FIRST = 3
"""Things to look at first."""


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One line: what it says, in small print, and the path that it leads to."""

    text: str
    note: str
    path: str
    severity: int = 0
    named: Sequence[tuple[str, str]] = ()
    """Resources, each with its account, and the paths that they lead to."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter (worse, better, invisible): the first lines, and how many more."""

    name: str
    heading: str
    lines: Sequence[DigestLine]
    more: int
    quiet: str
    """Shown where there are no lines."""

    @property
    def number(self) -> int:
        """How many lines there are in all."""
        return len(self.lines) + self.more


@dataclass(frozen=True, slots=True)
class Digest:
    """A whole digest; `path` leads to the same period on the drift page."""

    span: DigestSpan
    organization: str
    bridge: ScoreAttribution
    parts: Sequence[tuple[str, str]]
    """Why the score moved: causes by name, with their points."""
    worse: Chapter
    better: Chapter
    invisible: Chapter
    path: str

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """All chapters, in the order in which they are read."""
        return self.worse, self.better, self.invisible

    @property
    def is_empty(self) -> bool:
        """Return True where nothing happened."""
        return not self.parts and not any(chapter.lines for chapter in self.chapters)

    @property
    def headline(self) -> str:
        """The whole digest in one sentence."""
        counts = [(self.worse, "got worse"), (self.better, "got better"), (self.invisible, "became invisible")]
        found = [(one.number, words) for one, words in counts if one.number]
        happened = joined(
            [
                f"{plural(number, 'thing') if not place else number} {words}"
                for place, (number, words) in enumerate(found)
            ]
        )
        return f"{self._score}{f': {happened}' if happened else ', and nothing else changed'}."

    @property
    def _score(self) -> str:
        before, after = self.bridge.before, self.bridge.after
        if after is None:
            return "There is no score yet"
        if before is None:
            return f"The score is {after.low:.1f}; there was none before"
        moved = round(round(after.low, 1) - round(before.low, 1), 1)
        if not moved:
            return f"The score stayed at {after.low:.1f}"
        return f"The score {'rose' if moved > 0 else 'fell'} by {abs(moved):.1f} to {after.low:.1f}"

    @property
    def first(self) -> list[DigestLine]:
        """The three lines to read first: the worst problems, and one blind spot."""
        hidden = list(self.invisible.lines[:1])
        worst = list(self.worse.lines[: FIRST - len(hidden)])
        rest = [line for line in self.invisible.lines if line not in hidden]
        return [*worst, *hidden, *rest][:FIRST]

    @property
    def subject(self) -> str:
        """The mail's subject line."""
        moved, before = self.bridge.change, self.bridge.before
        # As the two scores are shown: 85.2 and 85.5 are 0.3 apart, though it was 0.36.
        score = (
            f", score {figures.format_points(in_steps(before.low, [moved], 1)[1])}"
            if before and moved is not None
            else ""
        )
        counts = ", ".join(f"{one.number} {one.name}" for one in self.chapters if one.lines)
        return f"{self.organization}: {counts or 'nothing changed'}{score} in {self.span.words}".replace("\n", " ")
