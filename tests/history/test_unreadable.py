"""What cannot be encoded of one resource is unknown, and hides no other resource."""

from __future__ import annotations

from typing import Any

import pytest

from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW
from posture.core.classification import DEFAULT
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.core.values import UNREADABLE
from posture.history import codec
from posture.history.ingest.swept_state import SweptState


def cyclic() -> dict[str, Any]:
    value: dict[str, Any] = {"Plain": 1}
    value["Itself"] = value
    return value


def deep() -> Any:
    value: Any = 1
    for _ in range(3000):
        value = [value]
    return value


@pytest.mark.parametrize("odd", [cyclic(), deep(), object(), {1}], ids=["cyclic", "deep", "object", "set"])
def test_one_resource_that_cannot_be_encoded_hides_no_other(odd: Any) -> None:
    resources = [
        Resource("AWS::Test::Thing", f"arn:aws:test:::{name}", EXAMPLE_ACCOUNT, "global", name, {"Name": name, **extra})
        for name, extra in (("a", {}), ("b", {"Odd": odd}))
    ]
    result = AccountResult(EXAMPLE_ACCOUNT, EXAMPLE_NOW, ["eu-central-1"], ["AWS::Test::Thing"], resources, [], [])

    swept = SweptState(result, DEFAULT)
    seen = {each.resource.name: each for each in swept.details(swept.by_fingerprint).values()}

    assert {*seen} == {"a", "b"}
    kept = codec.unpack(codec.pack(seen["b"].resource.raw_config))
    assert kept["Name"] == "b"
    assert UNREADABLE in repr(kept["Odd"])
