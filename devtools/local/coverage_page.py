"""Write docs/coverage.md: which checks and resource types serve which control.

Run it as `python -m devtools.local.coverage_page` after a change to checks, collectors or frameworks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from devtools.local.installation import ROOT
from posture import frameworks
from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.core.check import Check
from posture.frameworks import Control, Framework

PAGE = ROOT / "docs" / "coverage.md"
INTRODUCTION = """# Coverage

What Plumbline judges, by practice and by standard. Written by `python -m devtools.local.coverage_page`.

*Judged* controls have at least one check. *By a person* are those that no API answers, or not in full: somebody attests
them, with a date and a reference. *Open* controls are served by neither.
"""


def main(page: Path = PAGE) -> None:
    """Write the page."""
    page.write_text(text(), encoding="utf-8")
    print(f"{page}: {len(all_checks())} checks of {len(all_collectors())} resource types")


def text() -> str:
    """Return the page as Markdown."""
    checks = _by_control(all_checks().values())
    standards = list(frameworks.all_frameworks().values())
    parts = [INTRODUCTION, _summary(standards, checks), *(_framework(each, checks) for each in standards), _types()]
    return "\n".join(parts)


def _by_control(checks: Iterable[Check]) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in checks:
        for reference in check.controls:
            found.setdefault(reference, []).append(check)
    return found


def _summary(standards: Sequence[Framework], checks: Mapping[str, Sequence[Check]]) -> str:
    rows = []
    for each in standards:
        states = [_state(control, checks) for control in each.controls]
        counts = (len(states), *(states.count(name) for name in ("judged", "by a person", "open")))
        rows.append((f"{each.title} {each.version}", *map(str, counts)))
    return _table(("Framework", "Controls", "Judged", "By a person", "Open"), rows)


def _state(control: Control, checks: Mapping[str, Sequence[Check]]) -> str:
    if checks.get(control.reference):
        return "judged"
    return "by a person" if control.manual else "open"


def _framework(framework: Framework, checks: Mapping[str, Sequence[Check]]) -> str:
    rows = [
        (control.id, control.title, _named(checks.get(control.reference, ())) or _state(control, checks))
        for control in framework.controls
    ]
    return f"## {framework.title} {framework.version}\n\n" + _table(("Control", "What it asks", "Checks"), rows)


def _named(checks: Sequence[Check]) -> str:
    """Return the checks of a control; of a practice, how many there are of each type."""
    if len(checks) <= 12:  # noqa: PLR2004 - what a cell holds
        return ", ".join(f"`{check.id}`" for check in sorted(checks, key=lambda check: check.id))
    types = {check.resource_type for check in checks}
    return f"{len(checks)} checks of {len(types)} resource types"


def _types() -> str:
    rows = []
    for name, kind in sorted(all_collectors().items()):
        own = [check for check in all_checks().values() if check.resource_type == name]
        practices = {one.partition(":")[2] for check in own for one in check.controls if one.startswith("practices:")}
        rows.append((f"`{name}`", kind.title, str(len(own)), ", ".join(sorted(practices))))
    return "## Resource types\n\n" + _table(("Type", "Title", "Checks", "Practices"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(_lines(head, rows)) + "\n"


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    main()
