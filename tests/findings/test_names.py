"""What things are called where a sentence names them."""

from __future__ import annotations

import pytest

from posture.checks import all_checks
from posture.pages.findings.names import counted, first_step, in_sentence, paragraphs, severity_label, triage_label


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Security group", "security group"),
        ("EBS volume", "EBS volume"),
        ("S3 bucket", "S3 bucket"),
        ("GuardDuty finding", "GuardDuty finding"),
        ("Outpost", "Outpost"),
        ("AWS::New::Thing", "AWS::New::Thing"),
    ],
)
def test_only_common_words_lose_their_capital(title: str, said: str) -> None:
    assert in_sentence(title) == said


def test_resources_are_counted_in_words() -> None:
    assert counted(1, "AWS::EC2::SecurityGroup") == "1 security group"
    assert counted(1200, "AWS::EC2::Volume") == "1,200 EBS volumes"
    assert counted(2, "AWS::New::Thing") == "2 AWS::New::Thing resources"


def test_words_that_nobody_knows_stay_as_they_are() -> None:
    assert severity_label("4") == "Critical"
    assert severity_label("x") == "x"
    assert triage_label("accepted") == "Risk accepted"
    assert triage_label("x") == "x"


def test_a_docstring_becomes_paragraphs() -> None:
    assert paragraphs("One\nline.\n\nAnother.") == ["One line.", "Another."]


def test_a_step_for_many_resources_names_none_of_them() -> None:
    steps = {check.id: first_step(check) for check in all_checks().values()}
    assert [check_id for check_id, step in steps.items() if "{" in step or not step] == []
    assert any("the resource" in step for step in steps.values())
