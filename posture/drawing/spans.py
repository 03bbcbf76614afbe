"""Draw a finding through time.

When it failed, when it could not be seen, and until when it is to be fixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 1090.0, 318.0
BARS, HEIGHT, BASE, FULL = 38.0, 20.0, 58.0, 96.0
NAMED_MAX = 4
"""Spans that carry a label; the others are bars with a title."""
GAP = 14.0
AHEAD = 0.03
"""The share of the width that is left free after the last instant."""
AHEAD_MAX = 0.4
"""How much of the time that has passed is shown of the time to come; what is due later is only named."""
SPAN_MIN = 3.0
"""Pixels that a span takes at least."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; `kind` is ok, a severity, unseen or gone.

    `label` and `detail` are its two lines.
    """

    kind: str
    since: datetime
    until: datetime
    label: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Label:
    """A label's middle and width in pixels, and what it says."""

    middle: float
    width: float
    span: Span


@dataclass(frozen=True, slots=True)
class _SpanScale:
    """Turns instants into pixels."""

    since: datetime
    until: datetime
    width: float

    def x(self, at: datetime) -> float:
        """Return the place of an instant."""
        whole = max((self.until - self.since) / timedelta(seconds=1), 1.0)
        return self.width * (1 - AHEAD) * ((at - self.since) / timedelta(seconds=1)) / whole


def draw(
    spans: Sequence[Span],
    now: datetime,
    label: str,
    due: datetime | None = None,
    width: float = WIDE,
    *,
    is_past: bool = False,
) -> SafeString:
    """Return the spans on a time line that ends now or when the finding is due.

    Where it `is_past`, `now` is marked by its date and not as today.
    """
    furthest = now + (now - spans[0].since) * AHEAD_MAX
    scale = _SpanScale(spans[0].since, max(now, min(due or now, furthest)), width)
    bars = [part for span in spans for part in _bar(span, scale)]
    labels = [part for one in _placed(spans, scale) for part in _label(one)]
    return svg.picture(
        width,
        FULL,
        label,
        *bars,
        *_ahead(now, due, scale),
        *labels,
        *_axis(spans, (now, f"{now.day} {now:%b}" if is_past else "today"), due, scale),
        class_="pl-spans",
    )


def _bar(span: Span, scale: _SpanScale) -> Iterator[SafeString]:
    x, end = scale.x(span.since), scale.x(span.until)
    wide = max(end - x, SPAN_MIN)
    title = f"{span.label}{f', {span.detail}' if span.detail else ''}"
    if span.kind == "gone":
        yield svg.link("", title, svg.line(x, BASE, end, BASE, "pl-spans-ahead"))
    elif span.kind == "ok":
        yield svg.link(span.url, title, svg.rect(x, BASE - 3, wide, 3, "pl-fill-pass"))
    elif span.kind == "unseen":
        edge = svg.rect(x + 0.5, BARS + 0.5, wide - 1, HEIGHT - 1, "pl-spans-unseen")
        yield svg.link(span.url, title, edge, svg.hatch(x, BARS, wide, HEIGHT))
    else:
        yield svg.link(span.url, title, svg.rect(x, BARS, wide, HEIGHT, f"pl-fill-{span.kind}"))


def _ahead(now: datetime, due: datetime | None, scale: _SpanScale) -> Iterator[SafeString]:
    x = scale.x(now)
    yield svg.line(x, BASE, scale.width, BASE, "pl-spans-ahead")
    yield svg.path(f"M{svg.number(x - 4)} {BASE + 3}h8l-4 10z", "pl-fill-brass")
    if due is None:
        return
    flag = scale.x(due)
    if due > scale.until:
        return
    if due >= now:
        yield svg.path(f"M{svg.number(flag)} {BASE}V{BASE - 16}h8l-2.500 4l2.500 4h-8", "pl-spans-flag")
    else:
        yield svg.line(flag, BARS - 4, flag, BASE + 4, "pl-spans-due")


def _placed(spans: Sequence[Span], scale: _SpanScale) -> list[_Label]:
    """Return labels that do not run into each other.

    The longest spans that fail or are unseen, and the last one.
    """
    shown = [one for one in spans if one.kind != "gone"]
    wanted = sorted(shown[:-1], key=lambda one: (one.kind == "ok", one.since - one.until))[: NAMED_MAX - 1]
    named = sorted([*wanted, *shown[-1:]], key=lambda one: one.since)
    while named:
        labels = _spread([_measured(one, scale) for one in named], scale.width)
        if labels:
            return labels
        named.remove(min(named[:-1] or named, key=lambda one: (one.kind != "ok", one.until - one.since)))
    return []


def _measured(span: Span, scale: _SpanScale) -> _Label:
    span = replace(
        span, label=text.cut(span.label, scale.width, 12, text.MEDIUM), detail=text.cut(span.detail, scale.width, 12)
    )
    wide = max(text.width(span.label, 12, text.MEDIUM), text.width(span.detail, 12))
    return _Label((scale.x(span.since) + scale.x(span.until)) / 2, wide, span)


def _spread(labels: Sequence[_Label], width: float) -> list[_Label]:
    """Push labels apart, to the right and then back from the edge.

    Empty where they do not fit.
    """
    if sum(one.width for one in labels) + GAP * (len(labels) - 1) > width:
        return []
    moved: list[_Label] = []
    edge = 0.0
    for one in labels:
        middle = max(one.middle, edge + one.width / 2)
        moved.append(replace(one, middle=middle))
        edge = middle + one.width / 2 + GAP
    edge = width
    for place in range(len(moved) - 1, -1, -1):
        one = moved[place]
        moved[place] = replace(one, middle=min(one.middle, edge - one.width / 2))
        edge = moved[place].middle - one.width / 2 - GAP
    return moved


def _label(one: _Label) -> Iterator[SafeString]:
    yield svg.text(one.middle, 13, one.span.label, "pl-spans-label", "middle")
    if one.span.detail:
        yield svg.text(one.middle, 29, one.span.detail, "pl-axis", "middle")


def _axis(
    spans: Sequence[Span], end: tuple[datetime, str], due: datetime | None, scale: _SpanScale
) -> Iterator[SafeString]:
    """Yield the days at which spans begin, where they fit, and the named end."""
    now, called = end
    here = scale.x(now)
    half = text.width(called, 12) / 2
    middle = min(max(here, half), scale.width - half)
    taken = [(middle - half, middle + half)]
    yield svg.text(middle, BASE + 32, called, "pl-spans-today", "middle")
    if due is not None and due > now:
        words = f"due {due.day} {due:%b}{' →' if due > scale.until else ''}"
        wide = text.width(words, 12)
        start = min(max(scale.x(due) - wide / 2, middle + half + 8), scale.width - wide)
        if start >= middle + half + 8:
            taken.append((start, start + wide))
            yield svg.text(start, BASE + 32, words, "pl-axis")
    for place, span in enumerate(spans):
        words = f"{span.since.day} {span.since:%b}"
        wide = text.width(words, 12)
        x = min(max(scale.x(span.since) - wide / 2, 0.0), scale.width - wide) if place else 0.0
        if all(x > end + 8 or x + wide < start - 8 for start, end in taken):
            taken.append((x, x + wide))
            yield svg.text(x, BASE + 32, words, "pl-axis")
