"""`./dev album`: photograph every page for everybody who may open it.

Pages are wide and narrow, light and dark.

It makes worlds of its own (full, unswept, empty) in services of its own, measures each page, and writes index.html,
to leaf through, and faults.md. It fails where a page has a fault.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from devtools.local import shot
from devtools.local.installation import ROOT
from devtools.local.suite import PYTEST

PERSONAS = ("admin", "executive", "owner", "anonymous")
WORLDS = ("full", "unswept", "empty")
WISH = "ALBUM_OF_PAGES"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    if options.readme:
        return shot.main(["--readme"])
    folder = options.folder.resolve()
    wish = {
        "folder": str(folder),
        "pages": options.page,
        "personas": options.persona or PERSONAS,
        "worlds": options.world or WORLDS,
        "acts": options.acts,
    }
    command = [*PYTEST, "tests/album/album.py", "-q", "-n0", "-s", "--tb=short", "--show-capture=no"]
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, WISH: json.dumps(wish)}, check=False).returncode
    print(folder / "index.html")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev album", description="Photograph and measure every page.")
    parser.add_argument("--folder", type=Path, default=ROOT / ".run" / "album", help="where to put the photographs")
    parser.add_argument("--page", action="append", help="only pages whose name has this word, as findings; repeatable")
    parser.add_argument("--as", dest="persona", action="append", choices=PERSONAS, help="only this person; repeatable")
    parser.add_argument("--world", action="append", choices=WORLDS, help="only this world; repeatable")
    parser.add_argument("--readme", action="store_true", help="take the README's picture, of the site that runs here")
    parser.add_argument("--no-acts", dest="acts", action="store_false", help="open no menus, filter and decide nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
