"""Template lines have at most 120 columns, but in folders on a list that only shrinks."""

from __future__ import annotations

from pathlib import Path

from devtools.local.template_width import WIDTH_MAX, finished, too_wide


def folder(root: Path, name: str, *lines: str) -> None:
    path = root / "templates" / name / "list.html"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines), encoding="utf-8")


def test_a_long_line_is_reported_with_its_place(tmp_path: Path) -> None:
    folder(tmp_path, "sweeps", "x" * WIDTH_MAX, "x" * (WIDTH_MAX + 1))
    assert list(too_wide(tmp_path)) == ["templates/sweeps/list.html:2: 121 columns, at most 120"]


def test_folders_on_the_list_are_passed_over_until_they_are_finished(tmp_path: Path) -> None:
    folder(tmp_path, "data", "x" * 200)
    folder(tmp_path, "drift", "short")
    unread = ["templates/data", "templates/drift"]
    assert list(too_wide(tmp_path, unread)) == []
    assert finished(tmp_path, unread) == ["templates/drift"]
