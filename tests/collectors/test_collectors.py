"""Every collector is run on its recorded answers, and held to what it declares."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from posture.collectors import all_collectors, tagging_resource
from posture.collectors.tagging_resource import is_collected
from posture.core.arn import Arn
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, EXAMPLE_REGION
from posture.core.collector import Collector, ListingScope
from posture.core.resource import Resource
from posture.core.values import Unknown, plain
from posture.sweep.actions import action_of
from posture.sweep.ask import AccountAsk, Location
from posture.sweep.forbidden_actions import DATA_READS, WRITES_THAT_READ
from tests.collectors.recorded import Recorded
from tests.declared import Broken, params, usable

ANSWERS = Path(__file__).parent / "answers"
COLLECTORS = params("posture.collectors", Collector, "resource_type")
PATH = re.compile(r"(?:\*|[A-Za-z0-9_:/\- ]+)(?:\.(?:\*|[A-Za-z0-9_:/\- ]+))*")

every_collector = pytest.mark.parametrize("collector", COLLECTORS)


def region_of(collector: Collector) -> str:
    return EXAMPLE_REGION if collector.scope is ListingScope.REGIONAL else "us-east-1"


def location_of(collector: Collector, recorded: Recorded) -> Location:
    """Return where a collector asks in tests: one cluster is connected."""
    return Location(
        EXAMPLE_ACCOUNT,
        region_of(collector),
        "aws",
        EXAMPLE_NOW,
        b"key of tests",
        clusters=["demo"],
        read_objects=recorded.read_objects,
    )


@cache
def gathered(collector: Collector) -> tuple[list[Resource], Recorded]:
    file = ANSWERS / f"{collector.module.rsplit('.', 1)[1]}.json"
    assert file.exists(), f"record AWS's answers in {file.relative_to(Path.cwd())}"
    recorded = Recorded(json.loads(file.read_text()))
    return list(collector.gather(AccountAsk(collector, location_of(collector, recorded), recorded))), recorded


@cache
def levels_of(prefix: str) -> dict[str, str]:
    """Return the access levels of a service's IAM actions, by policy_sentry."""
    from policy_sentry.shared.iam_data import get_service_prefix_data

    data: dict[str, Any] = get_service_prefix_data(prefix)
    return {name.lower(): entry["access_level"] for name, entry in (data.get("privileges") or {}).items()}


def reaches(values: Sequence[Any], path: Sequence[str]) -> bool:
    """Whether a dotted path leads anywhere in any of the values."""
    found = [item for value in values for item in (value if isinstance(value, list) else [value])]
    if any(isinstance(item, Unknown) for item in found):
        return True
    if not path:
        return bool(found)
    known = [item for item in found if isinstance(item, dict)]
    step, rest = path[0], path[1:]
    below = [value for item in known for key, value in item.items() if step in {key, "*"}]
    return bool(below) and reaches(below, rest)


@every_collector
def test_it_finds_its_resources_in_recorded_answers(collector: Collector | Broken) -> None:
    collector = usable(collector)
    resources, recorded = gathered(collector)

    assert not recorded.faults
    assert resources, "the answers hold at least one resource"
    for resource in resources:
        assert resource.type == collector.resource_type
        assert resource.account_id == EXAMPLE_ACCOUNT or Arn.parse(resource.arn).account_id
        assert resource.name
        assert resource.region
        assert resource.raw_config or resource.raw_observed
        json.dumps(plain([resource.raw_config, resource.raw_observed, resource.raw_tags]))
    arns = [resource.arn for resource in resources]
    assert len(set(arns)) == len(arns), "an ARN names one resource"
    assert all(Arn.parse(arn).partition == "aws" for arn in arns)


@every_collector
def test_it_calls_only_what_it_declares_and_declares_only_what_it_calls(collector: Collector | Broken) -> None:
    collector = usable(collector)
    _, recorded = gathered(collector)
    needed = {action_of(service, operation) for service, operation in recorded.called}

    assert needed <= set(collector.actions)
    assert set(collector.actions) <= needed, "these answers do not reach every declared action"
    assert recorded.read == {each.path for each in collector.kubernetes}


@every_collector
def test_its_actions_exist_and_read_no_customers_data(collector: Collector | Broken) -> None:
    for action in usable(collector).actions:
        prefix, name = action.split(":")
        levels = levels_of(prefix)
        assert name.lower() in levels, f"AWS knows no {action}"
        assert action not in DATA_READS, f"{action} reads what customers store"
        assert levels[name.lower()] in {"List", "Read"} or action in WRITES_THAT_READ, action


@every_collector
def test_its_other_names_in_arns_are_no_other_types(collector: Collector | Broken) -> None:
    collector = usable(collector)
    for name in collector.arn_names:
        assert re.fullmatch(r"[a-z0-9]+:[a-z0-9]*", name), name
    spelled = {name for each in all_collectors().values() if each is not collector for name in each.arn_names}
    assert spelled.isdisjoint(collector.arn_names)


@every_collector
def test_its_tagged_resources_are_not_listed_as_other_tagged_ones(collector: Collector | Broken) -> None:
    collector = usable(collector)
    if collector is tagging_resource.tagged_resources:
        return
    for resource in gathered(collector)[0]:
        if not isinstance(resource.raw_tags, Unknown) and resource.raw_tags:
            assert is_collected(Arn.parse(resource.arn)), f"declare in arn_names how {resource.arn} spells its type"


@every_collector
def test_its_paths_are_well_formed_and_its_columns_lead_somewhere(collector: Collector | Broken) -> None:
    collector = usable(collector)
    resources, _ = gathered(collector)
    declared = [*collector.ignored, *collector.observed, *collector.secret, *collector.unordered]

    assert all(PATH.fullmatch(path) for path in declared), declared
    assert len(set(collector.ignored)) == len(collector.ignored)
    assert not set(collector.ignored) & set(collector.observed)
    seen = [resource.raw_observed for resource in resources]
    configs = [{**resource.raw_observed, **resource.raw_config} for resource in resources]
    for column in collector.columns:
        path = column.path.removeprefix("observed.").replace("[", ".").replace("]", "").split(".")
        if path[0] != "tags":
            places = seen if column.path.startswith("observed.") else configs
            assert reaches(places, path), f"no recorded resource has the column {column.path}"
    for relation in collector.relations:
        assert reaches(configs, relation.path.split(".")), f"no recorded resource has the relation {relation.path}"


@every_collector
def test_it_says_what_its_type_is(collector: Collector | Broken) -> None:
    collector = usable(collector)

    assert len(collector.why) > 40, "the docstring says what the type is and why we look"
    assert collector.title
    assert collector.plural
    assert collector.columns
    names = r"Kubernetes::[A-Za-z]+" if collector.kubernetes else r"[A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9]+"
    assert re.fullmatch(names, collector.resource_type), collector.resource_type
