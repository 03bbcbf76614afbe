"""Find code that nothing uses: `python -m devtools.local.dead_code`.

vulture reads the Python files. What only a template, an SQL file or a dotted name in a string uses counts as used;
dead_code.toml lists what a library calls by its name. Tests are not read: code that only they use is dead.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from vulture.core import Item, Vulture

from devtools.local.installation import ROOT

ALLOWED = Path(__file__).with_name("dead_code.toml")
FOLDERS = ("accounts", "devtools", "posture")
EXCLUDED = ("*/migrations/*",)
OTHER_SOURCES = ("templates/**/*.html", "templates/**/*.txt", "posture/**/*.sql", "*/**/migrations/*.py")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+")
SQL = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|JOIN|WHERE|COPY|SET)\b")
DECORATORS = [
    "@answers",
    "@check",
    "@detection",
    "@collector",
    "@control",
    "@kind",
    "@receiver",
    "@register.*",
    "@removal",
    "@source",
]
"""Decorators that register what they decorate."""
MIN_CONFIDENCE = 60
"""vulture's own confidence in a function or class that no code names."""


@dataclass(frozen=True)
class Allowed:
    """Names that a library uses, by patterns of name and file, and the reason."""

    names: Sequence[str]
    file: str
    kind: str
    reason: str

    def covers(self, item: Item, path: str) -> bool:
        """Return whether an unused item is one of these."""
        is_here = fnmatchcase(path, self.file) and fnmatchcase(item.typ, self.kind)
        return is_here and any(fnmatchcase(item.name, name) for name in self.names)


def read_allowed(file: Path = ALLOWED) -> list[Allowed]:
    """Return the list of what may seem unused."""
    entries = tomllib.loads(file.read_text(encoding="utf-8"))["allow"]
    return [Allowed(one["names"], one.get("file", "*"), one.get("kind", "*"), one["reason"]) for one in entries]


def problems(root: Path, allowed: Sequence[Allowed], folders: Iterable[str] = FOLDERS) -> list[str]:
    """Return a line for each unused item and for each stale entry of the list."""
    vulture = Vulture(ignore_decorators=DECORATORS)
    vulture.scavenge([str(root / folder) for folder in folders], exclude=list(EXCLUDED))
    used = _words_of(root) | _names_in_strings(root, folders)
    lines, needed = [], set()
    for item in vulture.get_unused_code(min_confidence=MIN_CONFIDENCE):
        path = item.filename.relative_to(root).as_posix()
        excuse = next((one for one in allowed if one.covers(item, path)), None)
        if excuse:
            needed.add(id(excuse))
        elif item.name not in used:
            lines.append(f"{path}:{item.first_lineno}: unused {item.typ} {item.name!r}")
    stale = [one for one in allowed if id(one) not in needed]
    return lines + [f"dead_code.toml: {', '.join(one.names)} in {one.file} excuses nothing" for one in stale]


def _words_of(root: Path) -> set[str]:
    """Return every word of the sources that are not Python."""
    files = [file for pattern in OTHER_SOURCES for file in root.glob(pattern)]
    return {word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8"))}


def _names_in_strings(root: Path, folders: Iterable[str]) -> set[str]:
    """Return the words of SQL and the last parts of dotted names in strings.

    Settings and jobs load what they name by such a string.
    """
    found: set[str] = set()
    for file in (file for folder in folders for file in (root / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if DOTTED.fullmatch(node.value):
                    found.add(node.value.rpartition(".")[2])
                elif SQL.search(node.value):
                    found.update(re.findall(r"\w+", node.value))
    return found


def main() -> int:
    """Print what is unused; return 1 if anything is."""
    found = problems(ROOT, read_allowed())
    print("\n".join(found) or "Everything is used.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
