"""A sheet has its title, its footer and the picture in the colours of a theme.

Takes whatever names may hold.
"""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtools.local import woff
from posture.drawing import bars, png, sheet, stylesheet, svg, treemap

ROOT = Path(__file__).resolve().parents[2]
SHEETS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "static" / "css").glob("*.css"))]
FONTS = sorted((ROOT / "static" / "vendor" / "ttf").glob("*.ttf"))
HOSTILE = "</svg><script>alert(1)</script><image href='file:///etc/passwd'/>\x00\x1b\ufffe\"'&日本"


def drawn(words: str = "prod") -> str:
    """Return a picture that is hatched in part."""
    return bars.draw(
        [bars.Bar(words, [bars.BarPart(3, "critical"), bars.BarPart(2, is_hatched=True)], "5", "/?x=1&y=2")], "x"
    )


def pixels(image: bytes) -> Iterator[tuple[int, ...]]:
    """Yield the pixels of a PNG of eight bits a channel, red, green and blue of each."""
    width, channels, at, packed = int.from_bytes(image[16:20]), 4 if image[25] == 6 else 3, 8, b""
    while at < len(image):
        length = int.from_bytes(image[at : at + 4])
        if image[at + 4 : at + 8] == b"IDAT":
            packed += image[at + 8 : at + 8 + length]
        at += length + 12
    raw, line = zlib.decompress(packed), width * channels
    before = bytearray(line)
    for start in range(0, len(raw), line + 1):
        now = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + line]), before, channels)
        yield from (tuple(now[index : index + 3]) for index in range(0, line, channels))
        before = now


def _unfiltered(kind: int, now: bytearray, before: bytearray, step: int) -> bytearray:
    for index in range(len(now)):
        left = now[index - step] if index >= step else 0
        corner = before[index - step] if index >= step else 0
        up = before[index]
        nearest = min(
            (abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner)
        )
        now[index] = (now[index] + (0, left, up, (left + up) // 2, nearest[2])[kind]) % 256
    return now


def rgb(value: str) -> tuple[int, ...]:
    """Return a colour of six digits as three numbers."""
    return tuple(int(value[at : at + 2], 16) for at in (1, 3, 5))


@pytest.mark.parametrize("theme", stylesheet.THEMES)
def test_a_png_has_the_colours_of_its_theme(theme: str) -> None:
    made = sheet.compose("A title", drawn(), ["Northwind"])
    image = png.render(made, stylesheet.resolve(SHEETS, theme), FONTS)
    assert (int.from_bytes(image[16:20]), int.from_bytes(image[20:24])) == (
        round(made.width * 2),
        round(made.height * 2),
    )
    found = set(pixels(image))
    for name in ("--pl-surface", "--pl-ink", "--pl-critical", "--pl-hatch", "--pl-brass"):
        assert rgb(stylesheet.token(SHEETS, theme, name)) in found, f"{name} is not drawn"


def test_text_is_drawn_in_the_sites_own_fonts() -> None:
    """Without system fonts, words in other European alphabets are drawn."""
    rules = stylesheet.resolve(SHEETS, "light")
    empty, plain, extended = (
        png.render(sheet.compose("", drawn(words), []), rules, FONTS) for words in (" ", "lodz", "łódź")
    )
    assert len({empty, plain, extended}) == 3
    assert png.render(sheet.compose("", drawn("lodz"), []), rules, []) != plain


def test_hostile_names_stay_text() -> None:
    tile = treemap.AccountTile(HOSTILE, "/?q=" + HOSTILE, 10, 50, 60, criticals=2)
    picture = treemap.draw([treemap.UnitTiles(HOSTILE, "/", [tile])], HOSTILE)
    made = sheet.compose(HOSTILE, picture, [HOSTILE])
    ET.fromstring(made.markup)  # noqa: S314 - our own markup, read to see that it is well-formed
    assert png.render(made, stylesheet.resolve(SHEETS, "light"), FONTS).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "foreign",
    [
        '<image href="file:///etc/passwd"/>',
        '<use href="http://evil.example/#x"/>',
        '<rect fill="url(http://evil.example/#x)"/>',
        "<style>@import url(http://evil.example)</style>",
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "<foreignObject/>",
    ],
)
def test_what_leads_out_of_a_picture_is_refused(foreign: str) -> None:
    with pytest.raises(sheet.ForeignError):
        sheet.compose("x", drawn().replace("</svg>", f"{foreign}</svg>"), [])


def test_a_sheet_holds_what_it_is_about() -> None:
    made = sheet.compose("The point of it all", drawn(), ["Northwind", "All accounts", "as of 1 Dec 2026, 04:00 UTC"])
    words = "".join(ET.fromstring(made.markup).itertext())  # noqa: S314 - our own markup
    for part in (
        "The point of it all",
        "Northwind · All accounts · as of 1 Dec 2026, 04:00 UTC",
        sheet.MAKER,
        sheet.UNSEEN,
    ):
        assert part in words
    whole = svg.picture(100, 50, "x", svg.rect(0, 0, 1, 1))
    assert sheet.UNSEEN not in sheet.compose("x", whole, []).markup, "nothing is hatched in it"


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=3), st.integers(10, 1200))
def test_titles_and_footers_stay_on_the_sheet(title: str, where: list[str], width: int) -> None:
    made = sheet.compose(title, svg.picture(width, 50, "x"), where)
    root = ET.fromstring(made.markup)  # noqa: S314 - our own markup
    assert made.width == max(width, sheet.LEAST_WIDTH) + 2 * sheet.MARGIN
    assert all(0 < float(one.get("y", 0)) < made.height for one in root.iter() if one.tag.endswith("}text"))


def test_large_sheets_are_drawn_smaller_and_at_last_not_at_all() -> None:
    def scale(width: float, height: float) -> float:
        return png.scale_of(sheet.Sheet("", width, height))

    assert scale(1166, 700) == png.SCALE
    assert 1 < scale(3000, 6000) < png.SCALE
    with pytest.raises(png.TooLargeError):
        scale(7000, 7000)
    with pytest.raises(png.TooLargeError):
        png.scale_of(sheet.Sheet(" " * (png.BYTES_MAX + 1), 100, 100))


def test_what_cannot_be_rendered_raises() -> None:
    broken = sheet.Sheet("<svg", 100, 100)
    with pytest.raises(png.RenderError):
        png.render(broken, "", [])
    made = sheet.compose("x", drawn(), [])
    with (
        mock.patch.object(subprocess, "run", side_effect=subprocess.TimeoutExpired("x", 1)),
        pytest.raises(png.RenderError),
    ):
        png.render(made, "", [])
    with mock.patch.object(png, "MEMORY_BYTES", 1_000_000), pytest.raises(png.RenderError):
        png.render(made, "", FONTS)


@pytest.mark.parametrize("theme", stylesheet.THEMES)
def test_every_rule_that_draws_is_written_out(theme: str) -> None:
    rules = stylesheet.resolve(SHEETS, theme)
    assert "var(" not in rules
    assert "color-mix(" not in rules
    assert "data-bs-theme" not in rules
    for name in ("--pl-surface", "--pl-ink", "--pl-critical", "--pl-hatch", "--pl-b1"):
        light, dark = (stylesheet.token(SHEETS, one, name) for one in stylesheet.THEMES)
        assert light != dark, name


def test_no_rule_of_a_picture_is_lost() -> None:
    """Selectors that the renderer does not know are of hovering and focus alone."""
    own = (ROOT / "static" / "css" / "drawing.css").read_text(encoding="utf-8")
    lost = [
        selector
        for rule in stylesheet.read(own)
        for selector in rule.selectors
        if stylesheet.STATES.search(selector) and not {"hover", "focus-visible", "focus"} & set(_states(selector))
        if rule.declarations.keys() & stylesheet.PROPERTIES
    ]
    assert lost == []


def _states(selector: str) -> list[str]:
    return [part.split(" ")[0].split(">")[0] for part in selector.split(":")[1:]]


def test_values_are_resolved_as_a_browser_does() -> None:
    variables = {"--a": "#ff0000", "--b": "var(--a)", "--loop": "var(--loop)"}
    assert stylesheet.value("var(--b)", variables) == "#ff0000"
    assert stylesheet.value("var(--none, #123456)", variables) == "#123456"
    assert stylesheet.value("color-mix(in srgb, var(--a) 50%, #0000ff)", variables) == "#800080"
    assert stylesheet.value("color-mix(in srgb, var(--a) 20%, transparent)", variables) == "rgba(255, 0, 0, 0.2)"
    for wrong in ("var(--none)", "var(--loop)", "color-mix(in oklab, red, blue)"):
        with pytest.raises(stylesheet.StyleError):
            stylesheet.value(wrong, variables)


def test_a_theme_has_its_own_rules() -> None:
    css = """
    :root { --x: #000001 } [data-bs-theme="dark"] { --x: #000002 }
    .a, [data-bs-theme="dark"] .b { fill: var(--x); margin: 0 } .c:hover { fill: var(--missing) }
    @media (max-width: 1px) { .a { fill: red } }
    @media print { .a { fill: black } } @media screen { .d { fill: var(--x) } }
    """
    assert stylesheet.resolve([css], "light") == ".a { fill: #000001; }\n.d { fill: #000001; }"
    assert stylesheet.resolve([css], "dark") == ".a, .b { fill: #000002; }\n.d { fill: #000002; }"


def test_fonts_are_unpacked_as_fonttools_does() -> None:
    from fontTools.ttLib import TTFont

    packed = ROOT / "node_modules" / "@fontsource" / "ibm-plex-mono" / "files" / "ibm-plex-mono-latin-400-normal.woff"
    made = ROOT / "static" / "vendor" / "ttf" / "plex-mono.ttf"
    assert woff.unpack(packed.read_bytes()) == made.read_bytes()
    theirs, ours = TTFont(packed), TTFont(made)
    assert ours.getGlyphOrder() == theirs.getGlyphOrder()
    for table in theirs.reader.tables:
        assert ours.reader[table] == theirs.reader[table]
    with pytest.raises(woff.WoffError):
        woff.unpack(made.read_bytes())
