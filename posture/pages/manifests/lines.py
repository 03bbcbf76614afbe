"""The lines of an object, with what was found at each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.checks import all_checks
from posture.core.outcome import Severity, Status
from posture.history.query import FindingRecord
from posture.kubernetes.manifests import Manifest
from posture.kubernetes.stored import HIDDEN

LINES_MAX = 1_500
"""Lines of a page; of longer objects, those around what was found."""
CONTEXT = 6
"""Lines before and after what was found, where not all are shown."""


@dataclass(frozen=True, slots=True)
class LineNote:
    """A finding at a line."""

    title: str
    reason: str
    severity: int
    is_unknown: bool
    finding_id: int | None
    """Of the finding in history; None in a preview."""
    lines: tuple[int, ...]

    @property
    def line(self) -> int:
        """The first line that decided."""
        return self.lines[0]


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of the text; `skipped` counts the lines that it replaces."""

    number: int
    parts: tuple[tuple[str, bool], ...] = ()
    """Text, and whether it is in the place of a hidden value."""
    notes: tuple[LineNote, ...] = ()
    is_marked: bool = False
    skipped: int = 0


def notes_of_preview(content: Mapping[str, Any]) -> list[LineNote]:
    """Return what was found when an object was uploaded, the most severe first."""
    checks = all_checks()
    found = [
        _note(checks[one["check"]], one["reason"], one["evidence"], content, is_unknown=one["status"] != Status.FAIL)
        for one in content["outcomes"]
        if one["check"] in checks
    ]
    return sorted(found, key=_order)


def notes_of_findings(content: Mapping[str, Any], findings: Iterable[FindingRecord]) -> list[LineNote]:
    """Return the open findings on an object, the most severe first."""
    found = [
        LineNote(
            one.title, one.reason, one.severity, one.status != "fail", one.finding_id,
            _lines_of(one.evidence, content),
        )
        for one in findings
    ]  # fmt: skip
    return sorted(found, key=_order)


def _note(
    check: Any, reason: str, evidence: Sequence[str], content: Mapping[str, Any], *, is_unknown: bool
) -> LineNote:
    title = f"Not known: {check.title}" if is_unknown else check.problem
    return LineNote(title, reason, int(check.severity), is_unknown, None, _lines_of(evidence, content))


def _order(note: LineNote) -> tuple[bool, int, int, str]:
    return note.is_unknown, -note.severity, note.line, note.title


def _lines_of(evidence: Sequence[str], content: Mapping[str, Any]) -> tuple[int, ...]:
    manifest = Manifest("", 1, {}, content["lines"])
    return tuple(dict.fromkeys(manifest.line(path) for path in evidence or ("kind",)))


def lines_of(content: Mapping[str, Any], notes: Sequence[LineNote]) -> list[TextLine]:
    """Return the lines with notes below the first line that each is about."""
    below: dict[int, list[LineNote]] = defaultdict(list)
    for note in notes:
        below[note.line].append(note)
    marked = {line for note in notes for line in note.lines}
    first: int = content["first_line"]
    texts = content["text"].split("\n")
    found = [
        TextLine(number, tuple(_parts(text)), tuple(below.get(number, ())), number in marked)
        for number, text in enumerate(texts, start=first)
    ]
    return found if len(found) <= LINES_MAX else list(_excerpt(found))


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    sign = f'"{HIDDEN}"'
    for at, part in enumerate(text.split(sign)):
        if at:
            yield "hidden", True
        if part:
            yield part, False


def _excerpt(lines: Sequence[TextLine]) -> Iterator[TextLine]:
    marked = [at for at, line in enumerate(lines) if line.is_marked][: LINES_MAX // (2 * CONTEXT)]
    wanted = {near for at in marked for near in range(at - CONTEXT, at + CONTEXT + 1)} | set(range(4 * CONTEXT))
    skipped = 0
    for at, line in enumerate(lines):
        if at not in wanted:
            skipped += 1
            continue
        if skipped:
            yield TextLine(0, skipped=skipped)
        skipped = 0
        yield line
    if skipped:
        yield TextLine(0, skipped=skipped)


def severity_words(counts: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return severities with their numbers, the most severe first, without zeros."""
    return [(int(one), counts[one]) for one in sorted(Severity, reverse=True) if counts.get(one)]
