"""One odd item hides nothing but itself: never its type, and never as if gone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from posture.core import watchdog
from posture.core.collector import Ask, Collector
from posture.core.gap import GapReason
from posture.core.population import Group, Groups, Population
from posture.core.related import Index
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.core.values import UNREADABLE, Unknown, UnknownFieldError
from posture.sweep import listing
from posture.sweep.population_aggregation import fold
from tests.sweep.conftest import declared
from tests.sweep.fake_aws import Call, FakeAws

Swept = Callable[..., AccountResult]
LISTED = "secretsmanager:ListSecrets"


def arn_of(name: str) -> str:
    return f"arn:aws:secretsmanager:eu-central-1:111122223333:secret:{name}"


def answers(aws: FakeAws, *items: Any, **rest: Any) -> None:
    aws.on[LISTED] = {"SecretList": items}
    aws.on["secretsmanager:GetResourcePolicy"] = {"ResourcePolicy": "{}", **rest}


def item(name: str, **rest: Any) -> dict[str, Any]:
    return {"ARN": arn_of(name), "Name": name, "Description": "7", **rest}


def in_turn(ask: Ask) -> Iterator[Resource]:
    for raw in ask.pages("secretsmanager", "list_secrets", "SecretList"):
        yield ask.resource({"Number": int(raw["Description"])}, arn=raw["ARN"])


def after_all(ask: Ask) -> Iterator[Resource]:
    found = list(ask.pages("secretsmanager", "list_secrets", "SecretList"))
    for raw in found:
        yield _one(ask, raw)


def at_once(ask: Ask) -> Iterator[Resource]:
    yield from ask.each(partial(_one, ask), ask.pages("secretsmanager", "list_secrets", "SecretList"))


def _one(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    number = int(raw["Description"])
    return ask.resource({"Number": number}, arn=raw["ARN"])


@pytest.mark.parametrize("gather", [in_turn, after_all, at_once])
def test_an_item_that_cannot_be_read_is_left_out_and_named_by_a_gap(
    aws: FakeAws, swept: Swept, gather: Callable[[Ask], Iterator[Resource]], caplog: pytest.LogCaptureFixture
) -> None:
    odd = [item("odd", Description="seven"), item("bare")]
    del odd[1]["Description"]
    answers(aws, item("a"), odd[0], item("b"), odd[1], item("c"))

    result = swept(declared(gather))

    assert [resource.arn for resource in result.resources] == [arn_of(name) for name in "abc"]
    (gap,) = result.gaps
    assert (gap.region, gap.resource_type) == ("eu-central-1", "AWS::Test::Secret")
    assert gap.reason is GapReason.BAD_ANSWER
    assert gap.reason.blinds, "what was left out is not taken as gone"
    assert "left out" in gap.message
    assert "AWS::Test::Secret failed" in caplog.text
    assert len(aws.made(LISTED)) == 2, "it is asked once more, however many are left out"


def test_a_detail_that_cannot_be_read_is_unknown(aws: FakeAws, swept: Swept) -> None:
    def gather(ask: Ask) -> Iterator[Resource]:
        for raw in ask.pages("secretsmanager", "list_secrets", "SecretList"):
            answer = ask.call("secretsmanager", "get_resource_policy", SecretId=raw["ARN"])
            policy = answer if isinstance(answer, Unknown) else json.loads((answer or {})["ResourcePolicy"])
            yield ask.resource({**raw, "Policy": policy}, arn=raw["ARN"])

    def policy(call: Call) -> Any:
        return {"ResourcePolicy": "{" if call.params["SecretId"] == arn_of("b") else "{}"}

    answers(aws, item("a"), item("b"), item("c"))
    aws.on["secretsmanager:GetResourcePolicy"] = policy

    result = swept(declared(gather))

    assert not result.gaps
    assert [resource.raw_config["Policy"] for resource in result.resources] == [
        {},
        Unknown("secretsmanager:GetResourcePolicy", UNREADABLE, GapReason.BAD_ANSWER),
        {},
    ]


def test_a_listing_of_details_is_unknown_as_a_whole(aws: FakeAws, swept: Swept) -> None:
    """Left out alone, the odd one would be missing from the details as if without any."""

    def gather(ask: Ask) -> Iterator[Resource]:
        found = list(ask.pages("secretsmanager", "list_secrets", "SecretList", MaxResults=5))
        all_versions = ask.listing("secretsmanager", "list_secrets", "SecretList", MaxResults=6)
        for raw in found:
            own = all_versions
            if isinstance(all_versions, list):
                own = [each["Name"] for each in all_versions if each["ARN"] == raw["ARN"]]
            yield ask.resource({"Versions": own}, arn=raw["ARN"])

    def listed(call: Call) -> Any:
        return {
            "SecretList": [item("a"), item("b"), {"Name": "odd"}] if call.params["MaxResults"] == 6 else [item("a")]
        }

    aws.on[LISTED] = listed

    (resource,) = swept(declared(gather)).resources

    assert resource.raw_config["Versions"] == Unknown("secretsmanager:ListSecrets", UNREADABLE, GapReason.BAD_ANSWER)


def test_a_listing_of_which_no_resources_are_made_is_not_shortened(aws: FakeAws, swept: Swept) -> None:
    """Public snapshots have their own listing: one fewer would be taken as private."""

    def gather(ask: Ask) -> Iterator[Resource]:
        public = {raw["ARN"] for raw in ask.pages("secretsmanager", "list_secrets", "SecretList", MaxResults=6)}
        for raw in ask.pages("secretsmanager", "list_secrets", "SecretList", MaxResults=5):
            yield ask.resource({"Public": raw["ARN"] in public}, arn=raw["ARN"])

    aws.on[LISTED] = lambda call: {
        "SecretList": [item("a"), {"Name": "odd"}] if call.params["MaxResults"] == 6 else [item("a")]
    }

    result = swept(declared(gather))

    assert not result.resources
    assert [gap.reason for gap in result.gaps] == [GapReason.BAD_ANSWER]


def nested(depth: int) -> Any:
    value: Any = "bottom"
    for _ in range(depth):
        value = [value]
    return value


def cyclic() -> dict[str, Any]:
    value: dict[str, Any] = {"Plain": 1}
    value["Itself"] = value
    return value


class Odd:
    """Of no type that JSON knows."""


ODD = {
    "deep": nested(300),
    "deeper": nested(5000),
    "cyclic": cyclic(),
    "object": Odd(),
    "set": {1, 2},
    "bytes": b"\xff",
    "long": 10**400,
    "too long to write": 10**5000,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_field_that_cannot_be_kept_is_unknown_and_the_others_are_known(aws: FakeAws, swept: Swept, odd: Any) -> None:
    def gather(ask: Ask) -> Iterator[Resource]:
        for raw in ask.pages("secretsmanager", "list_secrets", "SecretList"):
            extra = {"Odd": odd} if raw["Name"] == "b" else {}
            yield ask.resource({**raw, **extra, "Rules": [raw, extra]}, arn=raw["ARN"], tags=raw.get("Tags"))

    answers(aws, item("a"), item("b"), item("c"))

    result = swept(declared(gather, unordered=("Rules",)))

    assert not result.gaps
    assert [resource.name for resource in result.resources] == ["a", "b", "c"]
    config = result.resources[1].raw_config
    assert config["Name"] == "b"
    assert UNREADABLE in repr(config["Odd"])
    assert all(resource.hash for resource in result.resources)


@pytest.mark.parametrize("tags", [["x"], [{"Word": "x"}], 7, [None], "text", [["a", "b"]]])
def test_tags_that_cannot_be_read_are_unknown_for_their_resource_alone(aws: FakeAws, swept: Swept, tags: Any) -> None:
    def gather(ask: Ask) -> Iterator[Resource]:
        for raw in ask.pages("secretsmanager", "list_secrets", "SecretList"):
            yield ask.resource(raw, arn=raw["ARN"], tags=tags if raw["Name"] == "b" else {"a": "1"})

    answers(aws, item("a"), item("b"))

    first, second = swept(declared(gather)).resources

    assert first.raw_tags == {"a": "1"}
    assert second.raw_tags == Unknown("secretsmanager:ListSecrets", UNREADABLE, GapReason.BAD_ANSWER)
    assert second.raw_config["Name"] == "b"


@pytest.mark.parametrize("gather", [in_turn, at_once])
def test_a_collector_that_never_ends_is_ended_and_named(
    aws: FakeAws,
    swept: Swept,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    gather: Callable[[Ask], Iterator[Resource]],
) -> None:
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(listing, "COLLECTOR_SECONDS", 0.2)
    answers(aws, item("a"), item("b"))

    def spinning(ask: Ask) -> Iterator[Resource]:
        for resource in gather(ask):
            until = time.monotonic() + 60
            while time.monotonic() < until:
                pass
            yield resource

    quick: Collector = declared(gather, "Quick")

    result = swept(declared(spinning, "Spinning"), quick)

    assert {resource.type for resource in result.resources} == {"AWS::Test::Quick"}
    (gap,) = result.gaps
    assert (gap.resource_type, gap.reason, gap.error) == (
        "AWS::Test::Spinning",
        GapReason.TIMED_OUT,
        "CollectorTimeLimit",
    )
    assert "AWS::Test::Spinning ran out of time" in caplog.text


def test_an_item_that_never_ends_in_another_thread_ends_its_listing(
    aws: FakeAws, swept: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(listing, "COLLECTOR_SECONDS", 0.2)
    answers(aws, *[item(str(number)) for number in range(6)])

    def gather(ask: Ask) -> Iterator[Resource]:
        def one(raw: Mapping[str, Any]) -> Resource:
            until = time.monotonic() + 60
            while raw["Name"] == "3" and time.monotonic() < until:
                pass
            return ask.resource(raw, arn=raw["ARN"])

        yield from ask.each(one, ask.pages("secretsmanager", "list_secrets", "SecretList"))

    result = swept(declared(gather))

    assert [gap.error for gap in result.gaps] == ["CollectorTimeLimit"]


@pytest.mark.parametrize("page", [{}, "text", {"a": 1}, False, 0])
def test_what_is_no_list_is_no_empty_listing(aws: FakeAws, swept: Swept, page: Any) -> None:
    def gather(ask: Ask) -> Iterator[Resource]:
        for raw in ask.pages("secretsmanager", "get_random_password", "RandomPassword"):
            yield ask.resource(raw, arn=raw["ARN"])

    # An operation that botocore does not hold to be a list.
    aws.on["secretsmanager:GetRandomPassword"] = {"RandomPassword": page}

    (gap,) = swept(declared(gather)).gaps

    assert gap.reason is GapReason.BAD_ANSWER


def test_a_member_whose_group_cannot_be_read_stays_and_blinds_its_region() -> None:
    def group_of(each: Resource, _: Groups) -> Group:
        return Group(each.raw_config["Group"]["Key"], "web")

    kind = declared(in_turn, population=Population(group_of, apart=()))
    members = [
        Resource(kind.resource_type, arn_of(name), "111122223333", "eu-central-1", name, {"Group": group})
        for name, group in (("a", {"Key": "web"}), ("b", {"Key": "web"}), ("odd", None))
    ]

    found, gaps = fold(members, [], [kind])

    assert sorted(resource.name for resource in found) == ["odd", "web"]
    assert [(gap.resource_type, gap.region, gap.reason.blinds) for gap in gaps] == [
        (kind.resource_type, "eu-central-1", True)
    ]


def test_an_odd_neighbour_has_any_key_and_hides_no_other() -> None:
    def keys(each: Resource) -> list[str]:
        return [each.raw_config["Id"]["Of"]]

    index = Index(
        [
            Resource("AWS::Test::Thing", arn_of(name), "1", "global", name, config)
            for name, config in (("a", {"Id": {"Of": "x"}}), ("odd", {"Id": None}))
        ],
        keys,
    )

    assert [each.name for each in index.get("x")] == ["a"]
    with pytest.raises(UnknownFieldError):
        index.get("y")
