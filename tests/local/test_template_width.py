"""Template lines have at most 120 columns."""

from __future__ import annotations

from pathlib import Path

from devtools.local.template_width import WIDTH_MAX, too_wide


def test_a_long_line_is_reported_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "templates" / "sweeps" / "list.html"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(("x" * WIDTH_MAX, "x" * (WIDTH_MAX + 1))), encoding="utf-8")
    assert list(too_wide(tmp_path)) == ["templates/sweeps/list.html:2: 121 columns, at most 120"]
