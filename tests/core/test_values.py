"""Values have one text each, whatever they are made of, and Unknown is never lost."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.core.values import (
    Fields,
    Unknown,
    UnknownFieldError,
    canonical,
    digest,
    plain,
    revive,
    well_formed,
)

DENIED = Unknown("s3:GetBucketPolicy", "AccessDenied", "denied")

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just(DENIED)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(values)
def test_what_was_written_is_read_again(value: Any) -> None:
    assert revive(json.loads(canonical(value))) == value


@given(values)
def test_the_canonical_text_is_that_of_the_plain_form(value: Any) -> None:
    assert canonical(value) == canonical(plain(value))


def test_the_kind_of_container_makes_no_difference() -> None:
    as_dict = {"a": [1, DENIED], "b": {"c": (DENIED,)}}
    otherwise = MappingProxyType({"b": MappingProxyType({"c": [DENIED]}), "a": (1, DENIED)})

    assert canonical(as_dict) == canonical(otherwise)
    assert digest(as_dict) == digest(otherwise)


def test_unknown_is_neither_absent_nor_false() -> None:
    assert digest({"Policy": DENIED}) != digest({"Policy": None})
    with pytest.raises(UnknownFieldError):
        bool(DENIED)
    with pytest.raises(UnknownFieldError, match=r"A\.B\[0\] is unknown"):
        Fields({"A": {"B": [DENIED]}})["A"]["B"]


@given(st.recursive(st.text(st.characters()), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_characters_have_a_canonical_text_that_utf_8_can_write(value: Any) -> None:
    assert json.loads(canonical({"a": value}).decode()) == {"a": well_formed(value)}


def test_half_a_pair_is_no_character_and_a_whole_one_is() -> None:
    text = json.loads('{"\\ud83d": "\\ud83d\\ude00 \\udfff!", "list": ["\\udc00"]}')

    assert well_formed(text) == {"\ufffd": "\U0001f600 \ufffd!", "list": ["\ufffd"]}
    assert canonical(text) == canonical(well_formed(text))
