"""docs/coverage.md lists the checks that there are."""

from __future__ import annotations

from devtools.local import coverage_page
from posture.checks import all_checks
from posture.frameworks import control


def test_the_page_is_what_the_command_writes() -> None:
    written = coverage_page.PAGE.read_text(encoding="utf-8")
    assert written == coverage_page.text(), "run `python -m devtools.local.coverage_page`"


def test_each_control_names_its_checks() -> None:
    lines = coverage_page.text().splitlines()
    check = all_checks()["account_security_contact_registered"]
    for reference in (one for one in check.controls if not one.startswith("practices:")):
        [line] = [one for one in lines if one.startswith(f"| {control(reference).id} | {control(reference).title} |")]
        assert f"`{check.id}`" in line
