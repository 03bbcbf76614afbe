"""Build SVG markup in which every text and attribute is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Value: TypeAlias = str | float | None
Child: TypeAlias = str | SafeString

STRIPPED = str.maketrans("", "", "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF])))
"""Control characters and the like, which no XML document may hold."""

HATCH, DOTS = "url(#pl-hatch)", "url(#pl-dots)"
"""Fills of what could not be seen, and of what is partly there."""


def number(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    rounded = round(float(value), 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def element(name: str, *children: Child, **attributes: Value) -> SafeString:
    """Return an element; strings among the children and attributes are escaped.

    A trailing underscore of an attribute's name is dropped (`class_`), other underscores become hyphens, and
    attributes that are None or empty are left out.
    """
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None and value != ""
    )
    inner = "".join(_text(child) for child in children)
    markup = f"<{name}{pairs}>{inner}</{name}>" if inner else f"<{name}{pairs}/>"
    return mark_safe(markup)  # noqa: S308 - every part was escaped above


def join(parts: Iterable[Child]) -> SafeString:
    """Return markup parts one after the other; plain strings are escaped."""
    return mark_safe("".join(_text(part) for part in parts))  # noqa: S308 - the same


def picture(width: float, height: float, label: str, *children: Child, class_: str = "") -> SafeString:
    """Return an `<svg>` of a fixed size in pixels, named `label` for screen readers.

    It is a group and no image, since an image would hide the links in it.
    """
    return element(
        "svg",
        *children,
        class_=f"pl-drawing {class_}".strip(),
        role="group",
        aria_label=label,
        width=width,
        height=height,
        viewBox=f"0 0 {number(width)} {number(height)}",
    )


def link(url: str, title: str, *children: Child, class_: str = "") -> SafeString:
    """Return a link around children, with a title.

    Without an URL a group with that title.
    """
    inside = (element("title", title), *children) if title else children
    if not url:
        return element("g", *inside, class_=class_)
    return element("a", *inside, class_=class_, href=url)


def text(x: float, y: float, words: str, class_: str = "", anchor: str = "") -> SafeString:
    """Return a line of text whose baseline is at `y`.

    `anchor` is "", "middle" or "end".
    """
    return element("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def rect(x: float, y: float, width: float, height: float, class_: str = "", **attributes: Value) -> SafeString:
    """Return a rectangle; negative sizes become zero."""
    return element("rect", x=x, y=y, width=max(0.0, width), height=max(0.0, height), class_=class_, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str = "") -> SafeString:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(d: str, class_: str = "", **attributes: Value) -> SafeString:
    """Return a path."""
    return element("path", d=d, class_=class_, **attributes)


def hatch(x: float, y: float, width: float, height: float, class_: str = "") -> SafeString:
    """Return a hatched rectangle, the look of what could not be seen."""
    return rect(x, y, width, height, class_, fill=HATCH)


def _attribute(value: str | float) -> str:
    return escape(value.translate(STRIPPED)) if isinstance(value, str) else number(value)


def _text(child: Child) -> str:
    return child if isinstance(child, SafeString) else escape(child.translate(STRIPPED))
