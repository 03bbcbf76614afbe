"""`./dev reset`: deletes what the site has stored in this checkout, after asking."""

from __future__ import annotations

import argparse
import shutil
import sys

from devtools.local.down import down
from devtools.local.installation import Installation, Kind


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="./dev reset", description="Delete the stored data of this checkout.")
    parser.add_argument("--aws", action="store_true", help="delete what was recorded of your own Organization as well")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(arguments)
    kinds = list(Kind) if options.aws else [Kind.DEMO]
    found = [kind for kind in kinds if Installation(kind).folder.exists()]
    if not found:
        print("There is nothing to delete.")
        return 0
    if not options.yes and not _agreed(found):
        print("Nothing was deleted.")
        return 1
    down()
    for kind in found:
        installation = Installation(kind)
        installation.postgres.remove()
        shutil.rmtree(installation.folder)
    print(f"Deleted: {', '.join(found)}.")
    return 0


def _agreed(kinds: list[Kind]) -> bool:
    if not sys.stdin.isatty():
        print("Nobody can be asked here: add --yes to delete without asking.")
        return False
    return input(f"Delete the database and keys of: {', '.join(kinds)}? [y/N] ").strip().lower() in {"y", "yes"}


if __name__ == "__main__":
    sys.exit(main())
