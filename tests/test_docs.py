"""Holds the documentation to the code: links, settings, verbs and examples."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TO_WRITE = re.compile(r"\.env$|athena_work_group")
"""What a page asks its reader to write."""
DECISIONS = sorted(f"decisions/{page.name}" for page in (ROOT / "docs" / "decisions").glob("*.md"))
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
READ_SETTING = re.compile(r'environment\.[a-z]+\(\s*"([A-Z_]+)"')
PATH = re.compile(r"`((?:posture|accounts|tests|docker|templates|static|docs)/[\w./-]*)`")


def text(path: Path) -> str:
    """Return a page's text."""
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    """Whatever a page points to is in the repository, but what its reader is to write."""
    linked = [document.parent / target for target in LINK.findall(text(document))]
    named = [ROOT / target for target in PATH.findall(text(document)) if not TO_WRITE.search(target)]
    assert [str(target) for target in (*linked, *named) if not target.exists()] == []


LIMITS = {"history.md": 150, "pages.md": 90, "glossary.md": 40, **dict.fromkeys(DECISIONS, 60)}
"""How many lines a page may have, so that it is read."""


@pytest.mark.parametrize("name", LIMITS)
def test_pages_stay_short_enough_to_be_read(name: str) -> None:
    assert len(text(ROOT / "docs" / name).splitlines()) <= LIMITS[name]


def test_every_decision_is_in_the_index() -> None:
    """The index links each record, and each record has the four sections."""
    index = text(ROOT / "docs" / "decisions" / "README.md")
    records = [name for name in DECISIONS if not name.endswith("README.md")]
    assert [name for name in records if f"]({Path(name).name})" not in index] == []
    sections = ("Context", "Decision", "Figures", "Consequences")
    assert [
        (name, one) for name in records for one in sections if f"\n## {one}\n" not in text(ROOT / "docs" / name)
    ] == []


def test_every_room_has_a_row_in_the_architecture() -> None:
    """The table of modules names each package of the product and of devtools."""
    page = text(ROOT / "docs" / "architecture.md")
    rooms = [
        path.parent
        for room in ("posture", "devtools", "posture/history")
        for path in (ROOT / room).glob("*/__init__.py")
    ]
    named = [f"{room.relative_to(ROOT)}/" for room in rooms]
    # The history is named by its own rooms, one below.
    parts = [
        name for name in named if name != "posture/history/" and "management" not in name and "migrations" not in name
    ]
    assert len(parts) > 15
    assert [name for name in parts if f"`{name}`" not in page] == []


def test_every_setting_is_documented_and_no_other() -> None:
    """The table has each variable that the settings read, and no other."""
    read = set(READ_SETTING.findall(text(ROOT / "posture" / "settings.py")))
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text(ROOT / "docs" / "settings.md"), re.MULTILINE))
    assert read - documented == set()
    source = "".join(text(path) for path in (ROOT / "posture").rglob("*.py"))
    assert [name for name in documented if f'"{name}"' not in source] == []


def test_the_verbs_that_pages_name_exist() -> None:
    """`./dev …` in any page is a verb that ./dev knows."""
    known = subprocess.run([sys.executable, str(ROOT / "dev"), "help"], capture_output=True, text=True, check=True)
    named = {verb for page in PAGES for verb in re.findall(r"\./dev ([a-z]+)", text(page))}
    assert [verb for verb in named if f"./dev {verb}" not in known.stdout] == []


def test_the_readmes_library_example_imports_no_django() -> None:
    """The engine is a library of its own."""
    code = "import sys, posture.checks; from posture.sweep import sweep; assert 'django' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_product_speaks_of_itself_alone() -> None:
    """No page speaks of how it was made."""
    assert [page.name for page in PAGES if re.search(r"\b(TODO|FIXME|session \d|issue #?\d)", text(page))] == []
