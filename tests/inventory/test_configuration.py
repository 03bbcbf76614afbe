"""Configurations in lines, with evidence and unknown values marked."""

from __future__ import annotations

import json

from posture.core.values import Unknown
from posture.pages.inventory.configuration import PART_LINES, ConfigurationLine, Mark, lines, part
from tests.steps import steps

FAIL = Mark(1, "Bucket is not public", is_fail=True)
DENIED = Unknown("s3:GetBucketPolicy", "AccessDenied", "denied")


def text(found: list[ConfigurationLine]) -> list[str]:
    """Return lines as they are read."""
    return [f"{one.indent}{one.key}{': ' if one.key else ''}{one.text}".rstrip() for one in found]


def test_values_are_read_in_their_place() -> None:
    config = {"Name": "a", "On": True, "Off": None, "Deep": {"Rate": 1.5}, "Tags": ["x", "y"]}
    assert text(lines(config)) == ["Name: a", "On: true", "Off: none", "Deep:", "  Rate: 1.5", "Tags: x, y"]


def test_items_of_a_list_begin_with_a_dash() -> None:
    config = {"Rules": [{"From": 22, "To": 22}, {"From": 80, "Ranges": [{"Cidr": "0.0.0.0/0"}]}]}
    assert text(lines(config)) == [
        "Rules: 2 items",
        "  - From: 22",
        "    To: 22",
        "  - From: 80",
        "    Ranges:",
        "      - Cidr: 0.0.0.0/0",
    ]


def test_policies_are_opened() -> None:
    policy = json.dumps({"Statement": [{"Effect": "Deny"}]})
    assert text(lines({"Policy": policy})) == ["Policy:", "  Statement:", "    - Effect: Deny"]
    assert text(lines({"Policy": "{not json"})) == ["Policy: {not json"]


def test_the_unknown_is_apart() -> None:
    (line,) = lines({"Policy": DENIED})
    assert line.unseen
    assert line.text == "unknown: s3:GetBucketPolicy failed with AccessDenied"


def test_what_decides_is_marked_and_named_once() -> None:
    found = lines({"Acl": {"Grants": [{"Grantee": "all", "Permission": "READ"}]}, "Name": "a"}, {"Acl.Grants": [FAIL]})
    assert [one.decides for one in found] == [False, True, True, True, False]
    assert [one.begins for one in found] == [(), (FAIL,), (), (), ()]


def test_an_item_of_a_short_list_is_marked_on_its_line() -> None:
    found = lines({"Cidrs": ["10.0.0.0/8", "0.0.0.0/0"]}, {"Cidrs[1]": [FAIL]})
    assert [(one.text, one.decides) for one in found] == [("10.0.0.0/8, 0.0.0.0/0", True)]


def test_what_is_missing_and_decides_is_said() -> None:
    found = lines({"Name": "a"}, {"LoggingEnabled": [FAIL]})
    assert text(found) == ["LoggingEnabled: not set", "Name: a"]
    assert found[0].decides


def test_nothing_is_no_line() -> None:
    assert lines({}) == []


def rules(number: int) -> dict[str, object]:
    return {"Rules": [{"From": 22, "Cidr": f"10.0.{index}.0/24", "Text": "x" * 90} for index in range(number)]}


def steps_of_marking(number: int) -> int:
    """Count the steps of marking if each rule is evidence of one finding."""
    config, evidence = rules(number), {f"Rules[{index}].Cidr": [FAIL] for index in range(number)}
    assert sum(one.decides for one in lines(config, evidence)) == number
    return steps(lambda: lines(config, evidence))


def test_ten_times_the_rules_take_about_ten_times_the_steps() -> None:
    few, many = steps_of_marking(40), steps_of_marking(400)
    assert many < 12 * few, "lines times paths would be a hundred times as many"


def test_a_large_document_is_shown_in_parts_and_leads_to_what_decides() -> None:
    found = lines(rules(1000), {"Rules[900].Cidr": [FAIL], "Rules[0]": [FAIL]})
    first = part(found)
    assert (first.first, first.last, first.total, first.previous, first.next) == (
        1,
        PART_LINES,
        3001,
        0,
        PART_LINES + 1,
    )
    assert (first.evidence_before, first.evidence_after) == (0, 2703)
    there = part(found, first.evidence_after)
    assert there.lines[0].decides
    assert (there.evidence_before, there.evidence_after) == (2, 0)
    assert part(found, 10**9).last == part(found, 3001).last == 3001
    assert part(found[:3]).is_whole


def test_text_that_nests_without_end_is_not_opened() -> None:
    assert len(lines({"Policy": "[" * 100_000})) == 1
    deep = json.loads('{"a":' * 900 + "1" + "}" * 900)
    assert "nested too deeply" in lines(deep)[-1].text


def nested(number: int, depth: int = 45) -> object:
    """Return so many values in a list in a list, and so on."""
    deep: object = [f"k{each}" for each in range(number)]
    for _ in range(depth):
        deep = [deep]
    return deep


def test_levels_of_lists_do_not_multiply_the_steps() -> None:
    """Each level once changed all lines below: 10 s for 60,000 values."""
    assert len(lines({"a": nested(600)})) == 646
    shallow, deep = nested(600, 5), nested(600, 45)
    assert steps(lambda: lines({"a": deep})) < 3 * steps(lambda: lines({"a": shallow}))
