"""Render a sheet as PNG, in a process of its own.

What it may take of time and memory has an end.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from posture.drawing.sheet import Sheet

SCALE = 2.0
"""Pixels of the file for each of the page."""
PIXELS_MAX = 40_000_000
"""Pixels of a file: a larger sheet is drawn at a smaller scale, down to one."""
BYTES_MAX = 5_000_000
SECONDS = 20
MEMORY_BYTES = 2_000_000_000
ROOT = Path(__file__).resolve().parents[2]
LATIN_END, PUNCTUATION = "\u024f", range(0x2000, 0x2300)
"""Letters up to which, and signs which, the site's own fonts draw."""


class TooLargeError(Exception):
    """A picture is larger than a PNG may be; the message says what of it."""


class RenderError(Exception):
    """A picture could not be rendered; the message says why."""


def scale_of(sheet: Sheet) -> float:
    """Return the scale at which a sheet is drawn.

    Raises `TooLargeError` where not even its own size fits.
    """
    if len(sheet.markup) > BYTES_MAX:
        raise TooLargeError("it has too many marks")
    scale = min(SCALE, math.sqrt(PIXELS_MAX / (sheet.width * sheet.height)))
    if scale < 1:
        raise TooLargeError(f"it is {sheet.width:,.0f} by {sheet.height:,.0f} pixels large")
    return scale


def render(sheet: Sheet, rules: str, fonts: Sequence[Path]) -> bytes:
    """Return a sheet as PNG.

    `rules` style its classes, as `stylesheet.resolve` writes them out.
    """
    request = {
        "svg_string": sheet.markup,
        "style_sheet": rules,
        "font_files": [str(path) for path in fonts],
        "font_family": "IBM Plex Sans",
        # Other scripts come from what the machine has; our own fonts make the same picture on each.
        "skip_system_fonts": not _has_other_scripts(sheet.markup),
        "zoom": scale_of(sheet),
    }
    command = [sys.executable, "-m", "posture.drawing.renderer", str(SECONDS), str(MEMORY_BYTES)]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=ROOT,
            # Nothing of the site's settings is of use to it.
            env={},
        )
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"it takes longer than {SECONDS} s") from error
    if done.returncode or not done.stdout.startswith(b"\x89PNG"):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RenderError(said[-1] if said else f"the renderer ended with {done.returncode}")
    return done.stdout


def _has_other_scripts(markup: str) -> bool:
    return any(letter > LATIN_END and ord(letter) not in PUNCTUATION for letter in markup)
