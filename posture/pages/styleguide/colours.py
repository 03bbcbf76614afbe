"""Contrast of colours by WCAG, and their distance with colour vision deficiency."""

from __future__ import annotations

import math
from enum import StrEnum

Linear = tuple[float, float, float]
"""Red, green and blue in linear light, 0 to 1."""


class Vision(StrEnum):
    """How colours are seen."""

    FULL = "full"
    PROTANOPIA = "protanopia"
    DEUTERANOPIA = "deuteranopia"
    TRITANOPIA = "tritanopia"


MATRICES: dict[Vision, tuple[Linear, Linear, Linear]] = {
    Vision.FULL: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    Vision.PROTANOPIA: (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    Vision.DEUTERANOPIA: (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    Vision.TRITANOPIA: (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira and Fernandes (2009) at full severity, applied in linear light."""


def linear(colour: str) -> Linear:
    """Return a colour written `#rrggbb` in linear light."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def seen(colour: str, vision: Vision) -> Linear:
    """Return a colour as somebody sees it, in linear light."""
    red, green, blue = linear(colour)
    first, second, third = (
        min(max(row[0] * red + row[1] * green + row[2] * blue, 0.0), 1.0) for row in MATRICES[vision]
    )
    return first, second, third


def distance(one: str, other: str, vision: Vision = Vision.FULL) -> float:
    """Return how far two colours are apart in OKLab, times 100.

    From about 2 on people see a difference.
    """
    return 100 * math.dist(_oklab(seen(one, vision)), _oklab(seen(other, vision)))


def _oklab(colour: Linear) -> Linear:
    """Return Ottosson's OKLab (2020) of a colour in linear light."""
    red, green, blue = colour
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
