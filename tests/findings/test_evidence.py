"""Lines of a configuration: deciding, unreadable, and nothing lost."""

from __future__ import annotations

import json

import pytest

from posture.checks import all_checks
from posture.core.check import denied
from posture.pages.findings import evidence
from posture.pages.findings.check_examples import examples

CONFIG = {
    "GroupId": "sg-1",
    "IpPermissions": [
        {"FromPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "0.0.0.0/0"}]},
        {"FromPort": 443, "IpRanges": []},
    ],
}


def deciding(block: evidence.Block) -> list[str]:
    return [line.text.strip() for line in block.lines if line.decides]


def test_lines_are_the_configuration_as_json() -> None:
    text = "\n".join(line.text for line in evidence.rendered(CONFIG))
    assert " ".join(text.split()) == " ".join(
        json.dumps(CONFIG, indent=2).replace(",", "").split()
    )  # one value a line, without commas


def test_the_line_of_a_deep_path_is_marked_alone() -> None:
    [block] = evidence.blocks(CONFIG, {}, {}, ["IpPermissions[0].IpRanges[1].CidrIp"])
    assert deciding(block) == ['"CidrIp": "0.0.0.0/0"']


def test_all_below_a_path_is_marked_and_no_sibling() -> None:
    [block] = evidence.blocks(CONFIG, {}, {}, ["IpPermissions[1]"])
    assert deciding(block) == ["{", '"FromPort": 443', '"IpRanges": []', "}"]


def test_a_path_that_is_not_there_is_said_to_be_not_set() -> None:
    [block] = evidence.blocks({"GroupId": "sg-1"}, {}, {}, ["Encrypted"])
    assert deciding(block) == ["Encrypted: not set"]
    assert [line.text for line in evidence.blocks({}, {}, {}, ["Policy"])[0].lines] == ["{", "  Policy: not set", "}"]


def test_an_unknown_field_is_hatched_and_names_the_action() -> None:
    [block] = evidence.blocks({"Acl": denied("s3:GetBucketAcl"), "Name": "a"}, {}, {}, ["Acl"])
    [line] = [line for line in block.lines if line.unseen]
    assert "s3:GetBucketAcl failed with AccessDenied" in line.text
    assert line.decides
    assert evidence.unknown_paths({"Acl": denied("s3:GetBucketAcl"), "Name": "a"}) == ["Acl"]


def test_what_is_only_last_known_is_hatched() -> None:
    [block] = evidence.blocks({"Acl": {"Grants": [1]}, "Name": "a"}, {}, {}, [], unseen=["Acl"])
    assert [line.unseen for line in block.lines] == [False, True, True, True, True, True, False, False]


def test_observed_values_and_tags_are_shown_where_they_decided() -> None:
    found = evidence.blocks(
        {"A": 1},
        {"owner": "x", "data.class": "pii"},
        {"observed.Latest.State": "error"},
        ["observed.Latest.State", "tags.data.class"],
    )
    assert [block.title for block in found] == ["Configuration", "Observed, as last read", "Tags"]
    assert [deciding(block) for block in found] == [[], ['"Latest.State": "error"'], ['"data.class": "pii"']]
    assert [block.title for block in evidence.blocks({"A": 1}, {"a": "b"}, {}, ["A"])] == ["Configuration"]


def test_a_long_configuration_is_cut_around_what_decides() -> None:
    long = {f"Field{number:03}": number for number in range(200)}
    [block] = evidence.blocks(long, {}, {}, ["Field100"])
    assert block.is_shortened
    assert len(block.lines) == 202
    texts = [line.text.strip() for line in block.excerpt if not line.skipped]
    assert texts == ["{", *(f'"Field{number:03}": {number}' for number in range(97, 104)), "}"]
    assert sum(line.skipped or 1 for line in block.excerpt) == 202


@pytest.mark.parametrize("letter", sorted({check_id[0] for check_id in all_checks()}))
def test_every_example_of_every_check_can_be_shown(letter: str) -> None:
    """Where a check says what decided, the page has a line for it."""
    for check in (one for check_id, one in all_checks().items() if check_id.startswith(letter)):
        given = sorted(check.examples, key=lambda one: _position(one.status))
        for shown, example in zip(examples(check), given, strict=True):
            assert shown.reason, check.id
            if check(example).evidence:
                assert any(deciding(block) for block in shown.blocks), (check.id, shown.title)


def _position(status: str) -> int:
    return ["fail", "pass", "unknown", "not_applicable"].index(status)
