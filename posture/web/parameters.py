"""Query parameters: one parser for each kind of value, which every view uses.

What cannot be read never raises. A choice or a number that is none is left out with a complaint, which the page shows;
a date raises ValueError, since only its page knows what it shows instead. NUL characters and endless values never
reach a view: `reject_malformed` answers them with 400.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime, time

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone

VALUE_LENGTH_MAX = 4000
"""Characters of a parameter; links of our own have a tenth of that at most."""
BIGINT_MAX = 2**63 - 1
"""The largest number that PostgreSQL's bigint holds."""
MOMENT_LENGTH_MAX = 40
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""AWS opened in 2006: an earlier date is a slip, and arithmetic with it leaves the calendar."""
WARNING_VALUE_MAX = 40
"""Characters of a wrong value that a complaint repeats."""


def text(request: HttpRequest, name: str) -> str:
    """Return a parameter as free text, without spaces around it.

    Empty where there is none.
    """
    return request.GET.get(name, "").strip()


def texts(request: HttpRequest, name: str) -> list[str]:
    """Return all values of a parameter that are not empty."""
    return [value for value in request.GET.getlist(name) if value]


def hidden_fields(request: HttpRequest, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the named parameters of the URL, for a form's hidden fields."""
    return [(name, request.GET[name]) for name in names if name in request.GET]


def pairs(request: HttpRequest, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return all non-empty values of the named parameters, in that order."""
    return [(name, value) for name in names for value in request.GET.getlist(name) if value]


def has(request: HttpRequest, name: str) -> bool:
    """Return True where the URL names a parameter, even an empty one."""
    return name in request.GET


def remove(request: HttpRequest, names: Iterable[str]) -> None:
    """Remove parameters that a middleware handles from the view's query."""
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    request.GET = query  # type: ignore[assignment]  # Django's own is immutable as well, once it is made so


def is_on(request: HttpRequest, name: str) -> bool:
    """Return True where a switch is on: a parameter with any value."""
    return bool(request.GET.get(name))


def choice(request: HttpRequest, name: str, options: Collection[str], default: str = "") -> str:
    """Return one of `options`.

    Anything else gives the default and a message on the page.
    """
    value = request.GET.get(name, "")
    if value in options:
        return value
    if value and value != default:
        add_warning(request, f"“{shorten(value)}” is no choice for “{name}”, so it was left out.")
    return default


def number(request: HttpRequest, name: str, default: int, *, least: int = 0, most: int = BIGINT_MAX) -> int:
    """Return a whole number within bounds.

    Anything else gives the default and a message on the page.
    """
    value = request.GET.get(name, "")
    found = integer(value)
    if found is not None and least <= found:
        return min(found, most)
    if value:
        add_warning(request, f"“{shorten(value)}” is no number for “{name}”, so it was left out.")
    return default


def integer(value: str, *, most: int = BIGINT_MAX) -> int | None:
    """Return a whole number from 0 to `most`.

    None for any other text, digits of other scripts included.
    """
    if not (value.isascii() and value.isdecimal()) or len(value) > len(str(most)):
        return None
    found = int(value)
    return found if found <= most else None


def integers(values: Iterable[str], *, most: int = BIGINT_MAX) -> list[int]:
    """Return the whole numbers among some texts.

    What is none matches nothing, and is left out.
    """
    return [found for value in values if (found := integer(value, most=most)) is not None]


def moment(value: str) -> datetime | None:
    """Return the time that a text names, in UTC.

    A date means its end, and what is not past means now (None).

    Raises ValueError for anything but an ISO 8601 date or date and time since 2000.
    """
    if not value:
        return None
    if not value.isascii() or len(value) > MOMENT_LENGTH_MAX:
        raise ValueError("not an ISO 8601 date")
    at = _in_utc(value)
    if at < EARLIEST:
        raise ValueError("before 2000")
    return at if at < timezone.now() else None


def _in_utc(value: str) -> datetime:
    if len(value) == len("2026-10-27"):
        return datetime.combine(date.fromisoformat(value), time.max, UTC)
    at = datetime.fromisoformat(value)
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("outside of the calendar") from error


def is_moment(value: str) -> bool:
    """Return True where `moment` can read a text."""
    try:
        moment(value)
    except ValueError:
        return False
    return True


def add_warning(request: HttpRequest, sentence: str) -> None:
    """Show a sentence about a parameter that could not be read on the page, once."""
    found = warnings(request)
    if sentence not in found:
        found.append(sentence)


def warnings(request: HttpRequest) -> list[str]:
    """Return the sentences that the page shows about its parameters."""
    found: list[str] | None = getattr(request, "warnings", None)
    if found is None:
        found = request.warnings = []  # type: ignore[attr-defined]  # of this request
    return found


def shorten(value: str) -> str:
    """Return the beginning of a value, short enough for a sentence."""
    return value if len(value) <= WARNING_VALUE_MAX else f"{value[:WARNING_VALUE_MAX]}…"


def reject_malformed(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer 400 for what no view can take.

    NUL characters anywhere, and endless values in the URL.

    PostgreSQL stores no NUL, so that any query with one fails.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        wrong = _malformed(request)
        if wrong:
            return HttpResponse(render_to_string("400.html", {"wrong": wrong}), status=400)
        return get_response(request)

    return answer


def _malformed(request: HttpRequest) -> str:
    values = list(_values(request.GET))
    if any(len(value) > VALUE_LENGTH_MAX for value in values):
        return f"A parameter of the address is longer than {VALUE_LENGTH_MAX:,} characters."
    if request.method == "POST":
        values += _values(request.POST)
    if any("\0" in value for value in (request.path, *request.COOKIES.values(), *values)):
        return "It has a NUL character in it, which no name, date or number contains."
    return ""


def _values(query: QueryDict) -> Iterable[str]:
    for name, values in query.lists():
        yield name
        yield from values
