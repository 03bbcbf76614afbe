"""Write `posture/drawing/widths.json` from the fonts in static/vendor.

Run it when a font's version changes.

python -m devtools.local.fonts
"""

from __future__ import annotations

import json
from pathlib import Path

from devtools.local.installation import ROOT

FONT = ROOT / "static" / "vendor" / "fonts" / "plex-sans.woff2"
WEIGHTS = (300, 400, 500)
TARGET = ROOT / "posture" / "drawing" / "widths.json"


def measured(font: Path = FONT) -> str:
    """Return the advance width of each printable character at each weight.

    JSON, in thousandths of the font's size.
    """
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    tables = {}
    for weight in WEIGHTS:
        # A new one each time: the instancer changes the font that it is given.
        instance = instantiateVariableFont(TTFont(font), {"wght": weight})
        names, widths = instance.getBestCmap(), instance["hmtx"]
        tables[str(weight)] = {chr(code): widths[name][0] for code, name in sorted(names.items()) if code >= ord(" ")}
    return json.dumps(tables, separators=(",", ":"))


if __name__ == "__main__":
    TARGET.write_text(measured(), encoding="utf-8")
