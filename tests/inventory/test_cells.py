"""Cells of tables are short to read and whole to export; the unknown is never empty."""

from __future__ import annotations

from typing import Any

import pytest

from posture.core.values import Unknown
from posture.inventory.cells import cell, exported, values_at

DENIED = Unknown("kms:DescribeKey", "AccessDenied", "denied")
CONFIG: dict[str, Any] = {
    "Encrypted": False,
    "Attachments": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}],
    "Routes": [{"To": "a"}, {"To": "b"}, {"To": "c"}, {"To": "d"}],
    "Key": DENIED,
    "Since": "2026-05-04T12:00:00+00:00",
    "Arn": "arn:aws:kms:eu-central-1:111122223333:key/abc",
    "None": None,
}
OBSERVED = {"State": {"Name": "running"}}


@pytest.mark.parametrize(
    ("path", "shown", "whole"),
    [
        ("Encrypted", "no", "False"),
        ("Attachments.InstanceId", "i-1, i-2", "i-1; i-2"),
        ("Routes", "4", "4"),
        ("Routes.To", "4", "a; b; c; d"),
        ("Since", "2026-05-04", "2026-05-04T12:00:00+00:00"),
        ("Arn", "kms:key/abc", "arn:aws:kms:eu-central-1:111122223333:key/abc"),
        ("observed.State.Name", "running", "running"),
    ],
)
def test_values(path: str, shown: str, whole: str) -> None:
    values = values_at(CONFIG, OBSERVED, path)
    assert cell(values) == shown
    assert exported(values) == whole


@pytest.mark.parametrize("path", ["Key", "Key.Policy"])
def test_the_unknown_is_named(path: str) -> None:
    values = values_at(CONFIG, OBSERVED, path)
    assert "pl-status-unknown" in cell(values)
    assert exported(values) == "unknown: kms:DescribeKey failed with AccessDenied"


@pytest.mark.parametrize("path", ["None", "Nowhere", "Encrypted.Deeper", "State.Name"])
def test_what_is_not_set_is_quiet(path: str) -> None:
    values = values_at(CONFIG, OBSERVED, path)
    assert "pl-quiet" in cell(values)
    assert exported(values) == ""
