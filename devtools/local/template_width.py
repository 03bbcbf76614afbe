"""Lint for template lines that are too long.

Run it as `python -m devtools.local.template_width`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from devtools.local.installation import ROOT

WIDTH_MAX = 120
"""Columns of a line, as in Python."""


def too_wide(root: Path) -> Iterator[str]:
    """Yield the path, line and width of each template line that is too long."""
    for path in sorted((root / "templates").rglob("*.html")):
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if len(line) > WIDTH_MAX:
                yield f"{name}:{number}: {len(line)} columns, at most {WIDTH_MAX}"


def main() -> int:
    """Print the lines that are too long; return 1 if there are any."""
    problems = list(too_wide(ROOT))
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
