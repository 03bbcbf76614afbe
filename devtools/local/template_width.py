"""`python -m devtools.local.template_width`: the lint for template lines that are too long.

Folders in `wide_templates.toml` are not read yet; that list only shrinks.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from devtools.local.installation import ROOT

WIDTH_MAX = 120
"""Columns of a line, as in Python."""
UNREAD = Path(__file__).with_name("wide_templates.toml")


def too_wide(root: Path, unread: Sequence[str] = ()) -> Iterator[str]:
    """Yield the path, line and width of each template line that is too long."""
    for path in sorted((root / "templates").rglob("*.html")):
        name = path.relative_to(root).as_posix()
        if any(name.startswith(f"{folder}/") for folder in unread):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if len(line) > WIDTH_MAX:
                yield f"{name}:{number}: {len(line)} columns, at most {WIDTH_MAX}"


def finished(root: Path, unread: Sequence[str]) -> list[str]:
    """Return the folders of the list in which no line is too long any more."""
    return [folder for folder in unread if not any(line.startswith(f"{folder}/") for line in too_wide(root))]


def main() -> int:
    """Print what is too wide, and what no longer belongs on the list."""
    unread = tomllib.loads(UNREAD.read_text(encoding="utf-8"))["folders"]
    problems = [
        *too_wide(ROOT, unread),
        *(f"{UNREAD.name}: {folder} has no long line any more: remove it" for folder in finished(ROOT, unread)),
    ]
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
