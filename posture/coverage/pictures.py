"""The tools over the units as a grid of marks, for the overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest
from django.utils.safestring import SafeString

from posture.core.coverage import Tool, tools
from posture.coverage.queries import ToolSummary, UnitRow
from posture.drawing import marks
from posture.drawing.marks import Cell, Mark, Row
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import plural

OTHERS = "Others"


def by_unit(request: HttpRequest, units: Sequence[UnitRow]) -> tuple[str, SafeString]:
    """Return the point of the picture and the picture: the tool that is complete in the fewest units first."""
    shown = _shown(units)
    rows = sorted(
        (_row(request, tool, index, shown) for index, tool in enumerate(tools())),
        key=lambda row: (sum(cell.mark is Mark.ON for cell in row.cells), row.name),
    )
    title = _title(rows, len(shown))
    return title, marks.draw([unit.name for unit in shown], rows, title)


def _shown(units: Sequence[UnitRow]) -> list[UnitRow]:
    """Return the units with the most gaps by name, and the others as one."""
    if len(units) <= marks.COLUMNS_MAX:
        return list(units)
    worst = sorted(units, key=lambda unit: -sum(one.lacking + one.unknown for one in unit.summaries))
    named = sorted(worst[: marks.COLUMNS_MAX - 1], key=lambda unit: unit.name)
    rest = worst[marks.COLUMNS_MAX - 1 :]
    summed = [_sum([unit.summaries[index] for unit in rest]) for index in range(len(tools()))]
    return [*named, UnitRow(OTHERS, "", summed)]


def _sum(found: Sequence[ToolSummary]) -> ToolSummary:
    return replace(
        found[0],
        on=sum(one.on for one in found),
        partly=sum(one.partly for one in found),
        off=sum(one.off for one in found),
        unknown=sum(one.unknown for one in found),
        empty=sum(one.empty for one in found),
    )


def _row(request: HttpRequest, tool: Tool, index: int, units: Sequence[UnitRow]) -> Row:
    cells = [_cell(request, tool, unit, unit.summaries[index]) for unit in units]
    complete = sum(cell.mark is Mark.ON for cell in cells)
    return Row(tool.title, cells, f"{complete} of {len(cells)}", url_in_scope(request, "coverage:matrix"))


def _cell(request: HttpRequest, tool: Tool, unit: UnitRow, one: ToolSummary) -> Cell:
    changed: dict[str, object] = {"ou": unit.ou_id, "account": ""} if unit.ou_id else {}
    return Cell(
        _mark(one),
        f"{tool.title} in {unit.name}: {_words(one)}",
        url_in_scope(request, "coverage:matrix", None, **changed),
    )


def _mark(one: ToolSummary) -> Mark:
    """Return the mark of a tool over a unit: on only where it is known to be fully on wherever something runs."""
    if not one.total or one.total == one.empty:
        return Mark.NONE
    if one.on + one.empty == one.total:
        return Mark.ON
    if one.unknown and not (one.on or one.partly or one.off):
        return Mark.UNSEEN
    return Mark.PARTLY if one.on or one.partly else Mark.OFF


def _words(one: ToolSummary) -> str:
    if not one.total:
        return "not offered by AWS"
    parts = {
        "on": one.on,
        "partly on": one.partly,
        "off": one.off,
        "unknown": one.unknown,
        "off where nothing runs": one.empty,
    }
    said = ", ".join(f"{words} in {number}" for words, number in parts.items() if number)
    return f"{said} of {plural(one.total, 'account-region')}"


def _title(rows: Sequence[Row], units: int) -> str:
    """Return the point: the tool that is complete in the fewest units but in some."""
    lacking = [row for row in rows if any(cell.mark is not Mark.ON for cell in row.cells)]
    if not lacking:
        return "Every AWS tool is on everywhere"
    started = next((row for row in lacking if any(cell.mark is Mark.ON for cell in row.cells)), lacking[0])
    return f"{started.name} is complete in {started.figure} {'units' if units != 1 else 'unit'}"
