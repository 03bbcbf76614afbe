"""Packed values: every form can be read, without the code's dictionaries.

Every form that was ever written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from posture.core import values
from posture.core.values import Unknown
from posture.history import canonical, codec
from posture.history.models import Dictionary
from posture.history.upkeep import dictionaries
from tests.history.world import DENIED, bucket

CONFIG: dict[str, Any] = {"Encrypted": True, "Policy": DENIED, "Names": ["a", "ü", None]}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e15, 1e15).map(lambda x: round(x, 3)) | st.text()
    | st.just(Unknown("s3:Get", "AccessDenied", "denied")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.fixture
def other_dictionaries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Let the code ship other dictionaries, for one test."""
    monkeypatch.setattr(codec, "FOLDER", tmp_path)
    codec._dictionary.cache_clear()
    codec._mine.__dict__.clear()
    yield tmp_path
    codec._dictionary.cache_clear()
    codec._mine.__dict__.clear()


@given(json_values)
def test_the_fast_encoder_writes_what_the_slow_one_does(value: Any) -> None:
    assert canonical.canonical(value) == values.canonical(value)


@given(json_values)
def test_what_is_packed_is_unpacked(value: Any) -> None:
    assert codec.unpack(codec.pack(value)) == value


def test_a_value_written_without_a_dictionary_is_read() -> None:
    stored = bytes([codec.WITHOUT_DICTIONARY]) + zstandard.ZstdCompressor().compress(canonical.canonical(CONFIG))

    assert codec.unpack(stored) == CONFIG


@pytest.mark.django_db
def test_a_value_of_a_later_release_is_refused_with_a_sentence() -> None:
    with pytest.raises(codec.UnknownCodecError, match="codec 77; upgrade"):
        codec.unpack(b"\x4drest")


@pytest.mark.django_db
def test_a_dictionary_is_read_from_the_database_when_the_code_has_lost_it(other_dictionaries: Path) -> None:
    shipped = (Path(codec.__file__).parent / "dictionaries" / "2.zdict").read_bytes()
    Dictionary.objects.update_or_create(number=2, defaults={"content": shipped})

    assert codec.shipped() == {}
    assert codec.unpack(codec.pack(CONFIG)) == CONFIG


@pytest.mark.django_db
def test_every_migration_keeps_the_dictionaries() -> None:
    assert {each.number: bytes(each.content) for each in Dictionary.objects.all()} == codec.shipped()


@pytest.mark.django_db
def test_a_changed_dictionary_stops_the_migration(other_dictionaries: Path) -> None:
    (other_dictionaries / "2.zdict").write_bytes(b"other")

    with pytest.raises(dictionaries.ChangedDictionaryError, match="dictionary 2"):
        dictionaries.keep()


@pytest.mark.django_db
def test_a_dictionary_is_trained_on_lines_and_never_overwritten(tmp_path: Path) -> None:
    lines, file = tmp_path / "lines.jsonl", tmp_path / "9.zdict"
    configs = [
        bucket(f"b{number}", Size=number, Names=[f"name-{number * 7919}"] * 40).raw_config for number in range(900)
    ]
    lines.write_text("\n".join(json.dumps(config) for config in configs))

    call_command("train_dictionary", file, lines=[lines], without_database=True, verbosity=0)

    trained = zstandard.ZstdCompressionDict(file.read_bytes())
    assert trained.dict_id()
    with pytest.raises(CommandError, match="never changes"):
        call_command("train_dictionary", file, lines=[lines], without_database=True)
    with pytest.raises(CommandError, match="Give more"):
        call_command("train_dictionary", tmp_path / "8.zdict", without_database=True)
