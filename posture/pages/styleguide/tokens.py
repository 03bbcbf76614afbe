"""The design tokens, read from the style sheets themselves.

What is not in a sheet is in no list here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from django.conf import settings

from posture.pages.styleguide.colours import Vision, contrast, distance

SHEETS = ("plumbline.css", "drawing.css")
"""The sheets that define tokens; a test says so if another one does."""
BLOCK = re.compile(r'^(?::root, )?\[data-bs-theme="(light|dark)"\] \{(.*?)\}', re.MULTILINE | re.DOTALL)
ROOT = re.compile(r"^:root \{(.*?)\}", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(r"(--pl-[\w-]+):\s*([^;]+);")
HEX = re.compile(r"#[0-9a-f]{6}")
FONT_SIZE = re.compile(r"font(?:-size)?: ([\d.]+)(rem|px)")
TEXT_CONTRAST, SHAPE_CONTRAST = 4.5, 3.0
"""What WCAG 2.2 asks of text (1.4.3) and of shapes that say something (1.4.11)."""
SHAPES = frozenset(
    {"pass", "fail", "critical", "high", "medium", "low", "hatch", "line-strong", "focus", "brass", "b1", "o4"}
)
"""Colours of marks that say something by themselves."""
MEANINGS = ("critical", "high", "medium", "low", "pass", "fail", "unknown")
"""Colours of severities and outcomes, whose distances count."""
APART = 9.0
"""Distance in OKLab, times 100, from which two areas of colour can be distinguished at a glance."""


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour token in both themes, its background, and the contrast it needs."""

    name: str
    light: str
    dark: str
    ground: str
    light_contrast: float
    dark_contrast: float
    needed: float = 0.0

    @property
    def is_enough(self) -> bool:
        """Whether both themes have the contrast that is needed."""
        return min(self.light_contrast, self.dark_contrast) >= self.needed


@dataclass(frozen=True, slots=True)
class Pair:
    """Two colours with a meaning, and their least distance in any vision, by theme."""

    one: str
    other: str
    light: float
    light_vision: Vision
    dark: float
    dark_vision: Vision

    @property
    def is_apart(self) -> bool:
        """Whether colour alone would do in both themes."""
        return min(self.light, self.dark) >= APART


def read(theme: str) -> dict[str, str]:
    """Return the tokens of a theme by name, without their prefix."""
    found: dict[str, str] = {}
    for sheet in SHEETS:
        for name, block in BLOCK.findall(_sheet(sheet)):
            if name == theme:
                found |= {token.removeprefix("--pl-"): value.strip() for token, value in TOKEN.findall(block)}
    return found


def constants() -> dict[str, str]:
    """Return the tokens that are the same in both themes."""
    text = "".join(block for sheet in SHEETS for block in ROOT.findall(_sheet(sheet)))
    return {token.removeprefix("--pl-"): value.strip() for token, value in TOKEN.findall(text)}


def colours() -> list[Colour]:
    """Return every colour token."""
    light, dark = read("light"), read("dark")
    return [_colour(name, light, dark) for name in light if HEX.fullmatch(light[name])]


def others() -> dict[str, str]:
    """Return the tokens that are no plain colour, as shadows."""
    return {name: value for name, value in read("light").items() if not HEX.fullmatch(value)}


def _colour(name: str, light: dict[str, str], dark: dict[str, str]) -> Colour:
    ground = _ground(name, light)
    return Colour(
        name,
        light[name],
        dark[name],
        ground,
        contrast(light[name], light[ground]),
        contrast(dark[name], dark[ground]),
        _needed(name, ground),
    )


def _ground(name: str, tokens: dict[str, str]) -> str:
    """Return what a colour is seen against.

    An ink against its tint or fill, others against the panel.
    """
    base = name.removeprefix("on-").removesuffix("-ink")
    if name.startswith("on-") and base in tokens:
        return base
    if name.endswith("-ink"):
        return next((one for one in (f"{base}-tint", base) if one in tokens and name != one), "surface")
    return "paper" if name == "surface" else "surface"


def _needed(name: str, ground: str) -> float:
    if name.startswith("ink") or name.endswith("-ink") or name in {"link", f"on-{ground}"}:
        return TEXT_CONTRAST
    return SHAPE_CONTRAST if name in SHAPES else 0.0


def pairs() -> list[Pair]:
    """Return each pair of colours of meaning with its least distance."""
    light, dark = read("light"), read("dark")
    return [
        Pair(one, other, *_least(light[one], light[other]), *_least(dark[one], dark[other]))
        for one, other in combinations(MEANINGS, 2)
    ]


def _least(one: str, other: str) -> tuple[float, Vision]:
    return min((distance(one, other, vision), vision) for vision in Vision)


def font_sizes() -> list[float]:
    """Return every font size that the site's sheets set, in pixels, the largest first."""
    folder = settings.BASE_DIR / "static" / "css"
    return sorted({size for path in folder.glob("*.css") for size in _sizes(path)}, reverse=True)


def _sizes(path: Path) -> Iterator[float]:
    for number, unit in FONT_SIZE.findall(path.read_text(encoding="utf-8")):
        yield float(number) * (16 if unit == "rem" else 1)


def _sheet(name: str) -> str:
    text: str = (settings.BASE_DIR / "static" / "css" / name).read_text(encoding="utf-8")
    return text
