"""The frameworks' files are whole, and every check serves controls that exist."""

from __future__ import annotations

from datetime import date

import pytest

from posture.core.check import Check
from posture.frameworks import FrameworkError, all_frameworks, control, load
from tests.declared import params, usable

CHECKS = params("posture.checks", Check, "id")
PRACTICES = [
    "responsibility",
    "iam",
    "vpc",
    "accounts",
    "encryption",
    "data",
    "activity",
    "legacy",
    "native",
    "hybrid",
    "containers",
    "kubernetes",
]
TWO_CONTROLS = """
title = "A standard"
short = "Standard"
version = "1"
publisher = "Somebody"

[[controls]]
id = "A.1"
title = "Something is so"
"""


def test_controls_of_services_that_are_wholly_looked_into_are_all_served() -> None:
    served = {reference for check in CHECKS for reference in usable(check.values[0]).controls}
    unserved = {one.section for one in all_frameworks()["aws_fsbp"].controls if one.reference not in served}

    assert unserved.isdisjoint({"Account", "Config", "ECS", "EFS", "Lambda", "Macie", "SecretsManager"})


def test_practices_come_first_and_in_the_order_of_the_overview() -> None:
    assert next(iter(all_frameworks())) == "practices"
    assert [one.id for one in all_frameworks()["practices"].controls] == PRACTICES


def test_each_practice_says_what_it_is_and_what_is_judged() -> None:
    for practice in all_frameworks()["practices"].controls:
        assert practice.summary.endswith(".")
        assert practice.judged.endswith(".")


def test_controls_keep_their_publishers_order() -> None:
    cis = all_frameworks()["cis_aws_7"]

    numbers = [tuple(int(part) for part in one.id.split(".")) for one in cis.controls]
    assert numbers == sorted(numbers)
    assert [one.order for one in cis.controls] == list(range(len(cis.controls)))
    assert cis.sections == ("Identity", "Storage", "Logging", "Monitoring", "Network")


def test_a_control_is_found_by_its_reference() -> None:
    found = control("cis_aws_7:3.1.4")

    assert (found.framework, found.id, found.section) == ("cis_aws_7", "3.1.4", "Storage")
    assert found.reference == "cis_aws_7:3.1.4"


def test_a_manual_control_says_what_a_person_must_look_at() -> None:
    assert control("cis_aws_7:2.1.4").manual
    assert "units" in control("cis_aws_7:2.1.4").look_at
    assert not control("cis_aws_7:2.4").manual


def test_membership_is_dated_and_apart_from_the_id() -> None:
    fsbp = all_frameworks()["aws_fsbp"]

    assert isinstance(fsbp.as_of, date)
    assert control("aws_fsbp:IAM.4").member
    assert not control("aws_fsbp:IAM.22").member, "a check may serve it all the same"


@pytest.mark.parametrize("reference", ["cis_aws_7:9.9", "unheard_of:1", "2.4", ""])
def test_an_unknown_reference_is_named(reference: str) -> None:
    with pytest.raises(LookupError, match=r"no control '9\.9'|names no known framework: write one of practices"):
        control(reference)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace('title = "A standard"\n', ""), "title must be a text"),
        (lambda text: text.replace('id = "A.1"', 'id = "A 1"'), "an id is words and numbers"),
        (lambda text: text + '\n[[controls]]\nid = "A.1"\ntitle = "Again"\n', "twice: A.1"),
        (lambda text: text + 'severity = "high"\n', "unknown severity"),
        (lambda text: text.split("[[controls]]")[0], "has no controls"),
        (lambda text: text + '\n[membership]\noutside = ["B.2"]\n', "does not have: B.2"),
        (lambda text: text + "[", "is no TOML"),
    ],
)
def test_a_faulty_file_is_refused_with_what_is_wrong(change: object, words: str) -> None:
    assert callable(change)
    assert load("small", TWO_CONTROLS).controls[0].title == "Something is so"

    with pytest.raises(FrameworkError, match=words):
        load("small", change(TWO_CONTROLS))
