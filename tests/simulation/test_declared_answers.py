"""Declared answers are merged, changed for a case, and chosen by what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from devtools.simulator.overlay.declared_answers import choose
from devtools.simulator.proving_ground.candidates import candidates
from devtools.simulator.proving_ground.merging import Answers, WrongChangeError, change, merge
from posture.checks import all_checks
from posture.core.outcome import Status

LISTING = "rds:describe_db_instances"
DETAIL = "s3:get_bucket_policy"


def changed(recorded: dict[str, Any], changes: dict[str, Any]) -> Answers:
    answers = merge([recorded])
    change(answers, changes)
    return answers


def test_what_several_files_list_is_listed_once_in_its_fullest_description() -> None:
    short = {LISTING: {"DBInstances": [{"DBInstanceIdentifier": "crm"}, {"DBInstanceIdentifier": "old"}]}}
    full = {LISTING: {"DBInstances": [{"DBInstanceIdentifier": "crm", "Engine": "postgres", "EngineVersion": "16.4"}]}}

    for files in ([short, full], [full, short]):
        assert merge(files) == {
            LISTING: [{"answer": {"DBInstances": [*full[LISTING]["DBInstances"], {"DBInstanceIdentifier": "old"}]}}]
        }


def test_answers_to_one_question_come_before_those_to_any() -> None:
    merged = merge(
        [
            {DETAIL: [{"error": "NoSuchBucketPolicy"}]},
            {DETAIL: [{"params": {"Bucket": "a"}, "answer": {"Policy": "{}"}}]},
        ]
    )

    assert choose(merged[DETAIL], "eu-central-1", {"Bucket": "a"}) == {
        "params": {"Bucket": "a"},
        "answer": {"Policy": "{}"},
    }
    assert choose(merged[DETAIL], "eu-central-1", {"Bucket": "b"}) == {"error": "NoSuchBucketPolicy"}


def test_an_answer_of_one_region_is_given_there_alone() -> None:
    choices = [{"region": "us-west-2", "answer": {"AccessPoints": []}}]

    assert choose(choices, "us-west-2", {}) == choices[0]
    assert choose(choices, "eu-central-1", {}) is None


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"DBInstances": {"crm": {"Encrypted": False}}}, [{"Id": "crm", "Encrypted": False}, {"Id": "old"}]),
        (
            {"DBInstances": {"1": {"Encrypted": True}}},
            [{"Id": "crm", "Encrypted": True}, {"Id": "old", "Encrypted": True}],
        ),
        ({"DBInstances": {"crm": {"Encrypted": None}}}, [{"Id": "crm"}, {"Id": "old"}]),
        ({"DBInstances": {"crm": None}}, [{"Id": "old"}]),
        ({"DBInstances": {"+": [{"Id": "new"}]}}, [{"Id": "crm", "Encrypted": True}, {"Id": "old"}, {"Id": "new"}]),
        ({"DBInstances": []}, []),
    ],
)
def test_a_change_names_items_by_a_value_or_a_position(wanted: dict[str, Any], expected: list[Any]) -> None:
    recorded = {LISTING: {"DBInstances": [{"Id": "crm", "Encrypted": True}, {"Id": "old"}]}}

    assert changed(recorded, {LISTING: wanted}) == {LISTING: [{"answer": {"DBInstances": expected}}]}
    assert recorded[LISTING]["DBInstances"][0] == {"Id": "crm", "Encrypted": True}, "what is recorded stays"


def test_an_error_becomes_an_answer_and_an_answer_an_error() -> None:
    recorded = {DETAIL: [{"params": {"Bucket": "a"}, "error": "NoSuchBucketPolicy", "message": "none"}, {"answer": {}}]}

    [first, other] = changed(recorded, {DETAIL: {"a": {"Policy": "{}"}}})[DETAIL]
    assert (first, other) == ({"params": {"Bucket": "a"}, "answer": {"Policy": "{}"}}, {"answer": {}})
    assert changed(recorded, {DETAIL: [{"error": "AccessDenied"}]}) == {DETAIL: [{"error": "AccessDenied"}]}


@pytest.mark.parametrize("wanted", [{"iam:list_users": {}}, {LISTING: {"DBInstances": {"gone": {}}}}])
def test_a_change_of_what_nobody_answers_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(WrongChangeError):
        changed({LISTING: {"DBInstances": [{"Id": "crm"}]}}, wanted)


def test_values_of_a_checks_examples_are_proposed_where_the_service_has_them() -> None:
    check = all_checks()["ec2_volume_encrypted"]
    answers = merge([{"ec2:describe_volumes": {"Volumes": [{"VolumeId": "vol-1", "Encrypted": True}]}}])

    proposed = list(candidates(check, Status.FAIL, answers, set(answers), set()))

    assert {"ec2:describe_volumes": {"Volumes": {"vol-1": {"Encrypted": False}}}} in proposed
    assert all("Encrypted" in str(each) or "Volumes" in str(each) for each in proposed)
