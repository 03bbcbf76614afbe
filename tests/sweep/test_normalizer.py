"""Configurations are split by what changes mean, whatever the order of lists."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from posture.core import values
from posture.core.secret_kinds import SECRET_KINDS
from posture.core.values import UNREADABLE, Unknown
from posture.sweep import normalizer
from tests.sweep.conftest import declared

KEY = b"key"
EAST = timezone(timedelta(hours=14))


def repr_of_type(value: Any) -> str:
    return type(value).__name__


def split(raw: dict[str, Any], **paths: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    rules = normalizer.rules_of(declared(lambda _: iter(()), **paths))
    return normalizer.split(raw, rules, lambda secret: normalizer.fingerprint(KEY, secret))


def test_fields_are_hashed_unless_declared_otherwise() -> None:
    raw = {"Size": 8, "State": "in-use", "Progress": "100%", "Tags": [{"Key": "a", "Value": "b"}]}

    assert split(raw, observed=("State",), ignored=("Progress",)) == ({"Size": 8}, {"State": "in-use"})


def test_paths_enter_lists_and_any_key() -> None:
    raw = {"Disks": [{"Ebs": {"Id": "v-1", "Status": "attached"}}], "Map": {"a": {"At": 1, "Is": 2}, "b": {"At": 3}}}

    config, observed = split(raw, observed=("Disks.Ebs.Status",), ignored=("Map.*.At",))

    assert config == {"Disks": [{"Ebs": {"Id": "v-1"}}], "Map": {"a": {"Is": 2}, "b": {}}}
    assert observed == {"Disks": [{"Ebs": {"Status": "attached"}}]}


def test_a_named_key_also_obeys_what_is_said_of_any_key() -> None:
    raw = {"Map": {"a": {"At": 1, "Note": "x", "Is": 2}, "b": {"At": 3, "Note": "y"}}}

    config, _ = split(raw, ignored=("Map.*.At", "Map.a.Note"))

    assert config == {"Map": {"a": {"Is": 2}, "b": {"Note": "y"}}}


def test_an_unordered_list_reads_the_same_in_any_order_and_its_observed_part_goes_with_it() -> None:
    rules = [
        {"Id": number, "Cidrs": [f"10.{number}.0.0/16", "10.0.0.0/16"], "Seen": number * 10} for number in range(9)
    ]
    turned = [{**rule, "Cidrs": rule["Cidrs"][::-1]} for rule in rules]  # type: ignore[index]
    random.Random(1).shuffle(turned)  # noqa: S311 - an order, not a secret
    paths = {"unordered": ("Rules", "Rules.Cidrs"), "observed": ("Rules.Seen",)}

    config, observed = split({"Rules": rules}, **paths)

    assert split({"Rules": turned}, **paths) == (config, observed)
    pairs = zip(config["Rules"], observed["Rules"], strict=True)
    assert all(seen["Seen"] == rule["Id"] * 10 for rule, seen in pairs)


def test_an_observed_field_that_moves_does_not_turn_a_list_over() -> None:
    paths = {"unordered": ("Rules",), "observed": ("Rules.Seen",)}

    before, _ = split({"Rules": [{"Id": 1, "Seen": 1}, {"Id": 2, "Seen": 2}]}, **paths)
    after, _ = split({"Rules": [{"Id": 2, "Seen": 0}, {"Id": 1, "Seen": 9}]}, **paths)

    assert before == after


def test_secrets_are_replaced_and_their_names_kept() -> None:
    raw = {"Env": {"PASSWORD": "canary-1", "PORT": 5432, "NONE": None}, "Keys": ["canary-2"]}

    config, _ = split(raw, secret=("Env", "Keys"))

    assert set(config["Env"]) == {"PASSWORD", "PORT", "NONE"}
    assert config["Env"]["NONE"] is None
    assert "canary" not in str(config)
    assert "5432" not in str(config)
    assert split({"Env": {"PASSWORD": "canary-1"}}, secret=("Env",))[0]["Env"]["PASSWORD"] == config["Env"]["PASSWORD"]
    assert split({"Env": {"PASSWORD": "canary-3"}}, secret=("Env",))[0]["Env"]["PASSWORD"] != config["Env"]["PASSWORD"]


def test_what_a_secret_looks_like_is_kept_by_its_fingerprint_and_hashed_nowhere() -> None:
    rules = normalizer.rules_of(declared(lambda _: iter(()), secret=("Variables",)))
    raw = {"Variables": {"URL": "postgres://shop:hunter2@db/shop", "STAGE": "prod"}}

    config, observed = normalizer.split_secretive(raw, rules, lambda secret: normalizer.fingerprint(KEY, secret))

    assert observed == {SECRET_KINDS: {config["Variables"]["URL"]: "a URL with a password"}}
    assert "hunter2" not in str(observed)
    assert SECRET_KINDS not in config


def test_where_nothing_looks_like_a_secret_nothing_is_added() -> None:
    rules = normalizer.rules_of(declared(lambda _: iter(()), secret=("Variables",), observed=("State",)))

    assert normalizer.split_secretive({"Variables": {"STAGE": "prod"}, "State": "ok"}, rules, str)[1] == {"State": "ok"}


def test_a_secret_in_an_observed_field_is_hidden_as_well() -> None:
    _, observed = split({"Data": "canary"}, secret=("Data",), observed=("Data",))

    assert "canary" not in str(observed)


def test_unknown_passes_through_whatever_is_said_of_its_place() -> None:
    unknown = Unknown("s3:GetBucketPolicy", "AccessDenied", "denied")

    config, observed = split(
        {"Policy": unknown, "Env": unknown, "Seen": unknown, "Rules": unknown},
        secret=("Env",),
        observed=("Seen",),
        unordered=("Rules",),
    )

    assert config == {"Policy": unknown, "Env": unknown, "Rules": unknown}
    assert observed == {"Seen": unknown}


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}],
        [{"key": "b", "value": "2"}, {"key": "a", "value": "1"}],
        [{"TagKey": "b", "TagValue": "2"}, {"TagKey": "a", "TagValue": "1"}],
        {"b": "2", "a": "1"},
    ],
)
def test_tags_become_one_mapping_from_all_of_awss_forms(tags: Any) -> None:
    assert list(normalizer.tags_of(tags).items()) == [("a", "1"), ("b", "2")]  # type: ignore[union-attr]


def test_tags_without_a_value_and_without_any() -> None:
    assert normalizer.tags_of([{"Key": "a"}]) == {"a": ""}
    assert normalizer.tags_of(None) == {}
    unknown = Unknown("x:ListTags", "AccessDenied", "denied")
    assert normalizer.tags_of(unknown) is unknown


def test_times_and_bytes_become_text() -> None:
    berlin = datetime(2026, 6, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    answer = {"At": berlin, "Utc": datetime(2026, 6, 1, 12, 0, tzinfo=UTC), "Blob": b"abc", "ResponseMetadata": {}}

    plain = normalizer.plain_answer(answer, normalizer.odd_of("x:List"))

    assert plain == {"At": "2026-06-01T12:00:00Z", "Utc": "2026-06-01T12:00:00Z", "Blob": "YWJj"}


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "odd",
    [nested(65), nested(5000), float("nan"), float("-inf"), 2**1024, object(), {1}, datetime.min.replace(tzinfo=EAST)],
    ids=repr_of_type,
)
def test_what_cannot_be_kept_of_an_answer_is_unknown_and_the_rest_is_kept(odd: Any) -> None:
    unreadable = Unknown("x:List", UNREADABLE, "bad_answer")

    plain = normalizer.plain_answer({"Odd": odd, "Fine": [1, 0.5, True, None, 2**64]}, unreadable)

    assert plain["Fine"] == [1, 0.5, True, None, 2**64]
    assert repr(unreadable) in repr(plain["Odd"])
    assert values.canonical(plain)


@pytest.mark.parametrize("has_orjson", [True, False])
def test_what_history_cannot_keep_is_refused_with_and_without_orjson(
    has_orjson: bool,  # noqa: FBT001 a parameter of the table above
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(normalizer, "HAS_ORJSON", has_orjson)
    unknown = Unknown("x:List", "AccessDenied", "denied")
    normalizer.refuse_unreadable({"a": [1, 0.5, True, None, "\u00e9"], "b": {"c": unknown}}, {})
    nested: list[Any] = [{1: "a"}, {"a": [{None: 1}]}, {"a": "\ud800"}, {"\ud800": 1}, {"a": {1, 2}}, {"a": object()}]
    for odd in [*nested, {"a": datetime.now(UTC)}, {"a": b"bytes"}]:
        with pytest.raises((TypeError, ValueError)):
            normalizer.refuse_unreadable(odd)
