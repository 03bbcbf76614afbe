"""Columns shared by all tables; exports have their plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import AwsAccount
from posture.core.outcome import Severity
from posture.web.scoping import scope_of, url_in_scope
from posture.web.templatetags import marks, words

NUMBER = {"cell": {"class": "pl-number"}}


class SeverityColumn(tables.Column):
    """A severity's number as its badge; most severe first on the first click."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"verbose_name": "Severity", "initial_sort_descending": True, **options})

    def render(self, value: int) -> SafeString:
        return marks.severity(value)

    def value(self, value: int) -> str:
        return Severity(value).label


class StatusColumn(tables.Column):
    """An outcome or state as its badge; see `marks.STATES`."""

    def render(self, value: str) -> SafeString:
        return marks.status(value)

    def value(self, value: str) -> str:
        return str(value)


class NumberColumn(tables.Column):
    """A whole number, right-aligned; highest first on the first click."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"attrs": NUMBER, "initial_sort_descending": True, **options})

    def render(self, value: float) -> str:
        return words.figure(value)

    def value(self, value: Any) -> Any:
        return value


class ChangeColumn(NumberColumn):
    """A change with its sign, marked better or worse."""

    def __init__(self, *, better: str = "up", **options: Any) -> None:
        super().__init__(**options)
        self.better = better

    def render(self, value: float) -> SafeString:
        return marks.change(value, better=self.better)


class BandColumn(NumberColumn):
    """A score band (has `low` and `high`) as `marks.band` words it.

    Exports its lower end (see `UpperEndColumn`).
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"verbose_name": "Score", **options})

    def render(self, value: Any) -> SafeString:
        return marks.band(value)

    def value(self, value: Any) -> str:
        return f"{value.low:.1f}"


class UpperEndColumn(NumberColumn):
    """The upper end of a score band: a column of its own in exports."""

    def __init__(self, band: str, **options: Any) -> None:
        super().__init__(
            **{"verbose_name": "Score if all unseen were right", "accessor": f"{band}__high"}
            | {"visible": False, "orderable": False}
            | options
        )

    def value(self, value: float) -> str:
        return f"{value:.1f}"


class AgeColumn(tables.Column):
    """How long something was there at the page's date, with its time on hover.

    Exported as ISO 8601.
    """

    def render(self, value: datetime, table: Any) -> SafeString:
        long = words.age(value, scope_of(table.request).now)
        return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), words.moment(value), long)

    def value(self, value: datetime) -> str:
        return value.isoformat()


class DayColumn(AgeColumn):
    """A day, with the time itself on hover; exported as ISO 8601."""

    def render(self, value: datetime, table: Any) -> SafeString:
        return format_html(
            '<time datetime="{}" title="{}">{}</time>', value.isoformat(), words.moment(value), words.day(value)
        )


class AccountColumn(tables.Column):
    """An AWS account: name, id, link, and its state unless it is active."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"order_by": "account__name", **options})

    def render(self, value: AwsAccount, table: Any) -> SafeString:
        url = url_in_scope(table.request, "organization:account", {"account_id": value.account_id})
        link = format_html(
            '<a class="pl-account" href="{}">{} <span class="pl-id">{}</span></a>', url, value.name, value.account_id
        )
        if value.state == AwsAccount.State.ACTIVE:
            return link
        now = " now" if scope_of(table.request).as_of else ""
        return format_html('{} <span class="pl-badge pl-status-unknown" title="{}">{}{}</span>', link, marks.UNSWEPT,
                           value.get_state_display(), now)  # fmt: skip

    def value(self, value: AwsAccount) -> str:
        return str(value)

    @staticmethod
    def state(value: AwsAccount) -> str:
        """Return the account's current state, which exports show next to it."""
        return "Left" if value.left_at else value.get_state_display()


class SparkColumn(tables.Column):
    """A series as a spark line; not exported."""

    def __init__(self, *, noun: str = "score", **options: Any) -> None:
        super().__init__(**{"orderable": False, "exclude_from_export": True, **options})
        self.noun = noun

    def render(self, value: Sequence[float | None]) -> str:
        return render_to_string("web/sparkline.html", marks.sparkline(value, self.noun))
