"""Examples for the parts that pages are made of.

Forms, tables, filters and states, with long and hostile texts.

A part `templates/web/<name>.html` is shown by `templates/styleguide/web/<name>.html`, which includes it with these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import django_tables2 as tables
from django import forms
from django.conf import settings
from django.contrib.messages.constants import DEFAULT_TAGS, ERROR, SUCCESS, WARNING
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from accounts.models import AwsAccount
from posture.core.score import Band
from posture.drawing import bars
from posture.drawing.bars import Bar, BarColumns, BarPart
from posture.history.query import Snapshot
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME
from posture.web import figures, tours
from posture.web.alerts import StatusAlert
from posture.web.cards import CardTable
from posture.web.columns import BandColumn, ChangeColumn, NumberColumn, SeverityColumn, StatusColumn
from posture.web.filters import FacetChoice, FacetList, FilterChip
from posture.web.keyboard import sections
from posture.web.palette import PaletteEntry, PaletteGroup
from posture.web.pictures import Panel
from posture.web.progress import SweepProgress
from posture.web.scoping import require_user
from posture.web.tables import Table, configure
from posture.web.unswept import UnsweptAccount
from posture.web.views import ScopeOption

FOLDER = settings.BASE_DIR / "templates"
SUSPENDED = AwsAccount(name=LONG_NAME, account_id="222222222222", state=AwsAccount.State.SUSPENDED)
LEVELS = (SUCCESS, WARNING, ERROR)
AT = datetime(2026, 10, 31, 12, tzinfo=UTC)


class ExampleTable(Table):
    """A column of each common kind."""

    caption = "Example findings"
    severity = SeverityColumn()
    name = tables.Column()
    status = StatusColumn()
    score = BandColumn()
    change = ChangeColumn()
    resources = NumberColumn()

    class Meta(Table.Meta):
        order_by = "-severity"
        per_page = 3


class ExampleCards(CardTable):
    """A table whose rows become cards on a phone."""

    caption = "Example findings as cards"
    severity = SeverityColumn()
    name = tables.Column()
    resources = NumberColumn()

    class Meta(CardTable.Meta):
        per_page = 3


class ExampleForm(forms.Form):
    """A field of each kind; it is shown with its errors."""

    name = forms.CharField(help_text="As it is shown on pages.", widget=forms.TextInput({"class": "form-control"}))
    age = forms.IntegerField(max_value=90, widget=forms.NumberInput({"class": "form-control"}))
    kind = forms.ChoiceField(
        choices=[("a", "One"), ("b", LONG_NAME)], widget=forms.Select({"class": "form-select"}), required=False
    )
    way = forms.ChoiceField(
        label="How",
        choices=[("all", "All accounts"), ("some", HOSTILE)],
        widget=forms.RadioSelect,
        required=False,
    )
    note = forms.CharField(widget=forms.Textarea({"class": "form-control", "rows": 2}), required=False)

    def clean(self) -> None:
        """Complain, so that a form's own error is shown."""
        raise forms.ValidationError("These do not belong together.")


@dataclass(frozen=True)
class ExampleFilters:
    """What a list's filters give to the template."""

    is_partial: ClassVar[bool] = True
    most: ClassVar[int] = 10_000
    text: str = "log"
    filters: dict[str, Any] = field(default_factory=dict)

    def facets(self) -> list[FacetList]:
        """Return one facet with choices and one without."""
        on = FacetChoice("high", "High", 12, is_on=True)
        return [FacetList("severity", "Severity", [on, FacetChoice("low", LONG_NAME, 1_234, is_on=False)]),
                FacetList("region", "Region", [])]  # fmt: skip

    def chips(self) -> list[FilterChip]:
        """Return what is on."""
        return [FilterChip("Severity", "High", "?"), FilterChip("Account", HOSTILE, "?")]


def names() -> list[str]:
    """Return the names of the parts in `templates/web`.

    A page's skeleton, which extends another, is none.
    """
    return sorted(path.stem for path in (FOLDER / "web").glob("*.html") if not _is_skeleton(path))


def shown() -> list[str]:
    """Return the names of the parts that have an example."""
    return sorted(path.stem for path in (FOLDER / "styleguide" / "web").glob("*.html"))


def _is_skeleton(path: Path) -> bool:
    return path.read_text(encoding="utf-8").startswith("{% extends")


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what the examples are made from."""
    form = ExampleForm({"name": HOSTILE, "age": "200", "kind": "b"})
    return {
        "form": form,
        "field": form["age"],
        "table": _table(request, _rows()),
        "empty_table": _table(request, []),
        "cards": configure(ExampleCards(_rows()), request),
        "groups": [
            PaletteGroup("Accounts", [PaletteEntry("", HOSTILE, "sitemap", "#", LONG_NAME)]),
            PaletteGroup("Do", [PaletteEntry("", "Theme", "moon")]),
        ],
        "sections": sections(require_user(request)),
        "example_tour": tours.tour_of(request),
        "filters": ExampleFilters(),
        "view": SimpleNamespace(hidden_parameters=[], noun="finding"),
        "panel": _panel(),
        "figure": _figure(),
        "band": Band(78.2, 84.0),
        "before": Band(82.0, 84.0),
        "series": [70, 72, None, 80, 79, 84],
        "not_swept": [
            UnsweptAccount(SUSPENDED, "Suspended since 3 March", "Close it, or ask AWS Support.", 2, None, AT)
        ],
        "progress": SweepProgress(_running(), 7, 18, 1, AT),
        "alerts": [
            StatusAlert("late", "The last sweep is 3 days old.", "#"),
            StatusAlert("denied", f"{HOSTILE} refuses."),
        ],
        "said": [Message(level, f"{DEFAULT_TAGS[level].capitalize()}: {HOSTILE}") for level in LEVELS],
        "units": [
            ScopeOption("Production", "", "#", is_on=True, level="1"),
            ScopeOption(LONG_NAME, "", "#", is_on=False, level="3"),
        ],
        "accounts": [ScopeOption(HOSTILE, "222222222222", "#", is_on=False)],
    }  # fmt: skip


def _table(request: HttpRequest, rows: list[dict[str, Any]]) -> Table:
    return configure(ExampleTable(rows), request)


def _rows() -> list[dict[str, Any]]:
    states = ("fail", "unknown", "pass", "stale", "accepted", "not_applicable", "running")
    return [
        {
            "severity": 4 - at % 4, "name": (LONG_NAME, HOSTILE, "Volumes are encrypted")[at % 3], "status": state,
            "score": Band(70.0 + at, 72.5 + at) if at % 3 else None, "change": at - 3, "resources": 10**at,
        }
        for at, state in enumerate(states)
    ]  # fmt: skip


def _panel() -> Panel:
    rows = [
        Bar("Critical", [BarPart(4, "critical")], "4", "#"),
        Bar(LONG_NAME, [BarPart(2), BarPart(1, is_hatched=True)], "3", "#"),
    ]
    narrow = bars.draw(rows, "Open findings, narrow", BarColumns(width=250, names=90))
    title = "Four critical findings are open, three could not be checked"
    drawn = bars.draw(rows, "Open findings", BarColumns(width=600))
    return Panel(title, "Findings", "#", drawn, ["Severity", "Open"], [["Critical", "4"], [LONG_NAME, "3"]], narrow)


def _figure() -> figures.Figure:
    days = [date(2026, 10, 1) + timedelta(days=at) for at in range(9)]
    values: list[float | None] = [3, 4, None, 6, 2, 2, 1, 0, 1]
    series = figures.Series("Critical", values, figures.SEVERITY_COLOURS["critical"])
    return figures.lines("example", "Open findings by day", days, [series])


def _running() -> Snapshot:
    return Snapshot(as_of=AT, state=Snapshot.State.RUNNING, trigger=Snapshot.Trigger.SCHEDULE)
