"""Configurations read line by line, with what findings rest on marked and what is unknown apart."""

from __future__ import annotations

import json

from posture.core.values import Unknown
from posture.inventory.configuration import Line, Mark, lines

FAIL = Mark(1, "Bucket is not public", is_fail=True)
DENIED = Unknown("s3:GetBucketPolicy", "AccessDenied", "denied")


def text(found: list[Line]) -> list[str]:
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
