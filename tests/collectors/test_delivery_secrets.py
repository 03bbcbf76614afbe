"""Secret addresses and headers are fingerprints before they leave the collector."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from posture.collectors.cloudfront_distribution import distributions
from posture.collectors.elbv2_load_balancer import load_balancers
from posture.collectors.firehose_delivery_stream import delivery_streams
from posture.collectors.glue_job import jobs
from posture.collectors.sns_topic import topics
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW
from posture.core.collector import Collector
from posture.core.resource import Resource
from posture.core.values import plain
from posture.sweep.ask import AccountAsk, Location
from tests.collectors.recorded import Recorded
from tests.collectors.test_collectors import region_of

CANARY = "CANARY-T0KEN"
HOOK = f"https://user:{CANARY}@hooks.slack.com/services/T0000000/B0000000/{CANARY}?key={CANARY}#{CANARY}"


def answers(collector: Collector) -> dict[str, Any]:
    file = Path(__file__).parent / "answers" / f"{collector.module.rsplit('.', 1)[1]}.json"
    read: dict[str, Any] = json.loads(file.read_text())
    return read


def gathered(collector: Collector, recorded: Mapping[str, Any]) -> list[Resource]:
    location = Location(EXAMPLE_ACCOUNT, region_of(collector), "aws", EXAMPLE_NOW, b"key of tests")
    return list(collector.gather(AccountAsk(collector, location, Recorded(recorded))))


def kept(found: list[Resource]) -> str:
    return json.dumps([plain([r.raw_config, r.raw_observed, r.raw_tags]) for r in found], ensure_ascii=False)


def dicts(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects of a JSON tree."""
    if isinstance(tree, dict):
        yield tree
    for each in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from dicts(each)


def subscribed(endpoint: str, protocol: str = "https") -> list[Resource]:
    recorded = copy.deepcopy(answers(topics))
    for each in dicts(recorded):
        if "SubscriptionArn" in each:
            each.update(Protocol=protocol, Endpoint=endpoint)
    return gathered(topics, recorded)


def test_the_address_of_a_web_hook_is_a_fingerprint() -> None:
    found = subscribed(HOOK)
    assert CANARY not in kept(found)
    sends = [each for one in found for each in one.config["Subscriptions"]]
    assert {each["Endpoint"] for each in sends} == {"https://hooks.slack.com"}
    assert "a webhook's address" in kept(found)
    moved = [each["Address"] for one in subscribed(f"{HOOK}x") for each in one.config["Subscriptions"]]
    assert not {each["Address"] for each in sends} & set(moved), "another address is a change"


@pytest.mark.parametrize("endpoint", [f"https://[{CANARY}", f"http://x:port{CANARY}/", CANARY, "", f"//{CANARY}@/"])
def test_an_odd_address_is_not_kept_either(endpoint: str) -> None:
    assert CANARY not in kept(subscribed(endpoint))


def test_headers_to_origins_are_fingerprints() -> None:
    recorded = copy.deepcopy(answers(distributions))
    header = {"Quantity": 1, "Items": [{"HeaderName": "X-Origin-Verify", "HeaderValue": CANARY}]}
    for each in list(dicts(recorded)):
        if "CustomHeaders" in each:
            each["CustomHeaders"] = header
    found = gathered(distributions, recorded)
    assert CANARY not in kept(found)
    assert "X-Origin-Verify" in kept(found)
    assert "hmac-sha256:" in kept(found)


def test_the_secret_of_a_listener_is_a_fingerprint() -> None:
    """ELB leaves it out today; nothing says that it always will."""
    recorded = copy.deepcopy(answers(load_balancers))
    for each in list(dicts(recorded)):
        if "DefaultActions" in each:
            each["DefaultActions"] = [
                {"Type": "authenticate-oidc", "AuthenticateOidcConfig": {"ClientId": "shop", "ClientSecret": CANARY}}
            ]
    found = gathered(load_balancers, recorded)
    assert '"ClientId": "shop"' in kept(found)
    assert CANARY not in kept(found)


def test_tokens_and_addresses_of_a_firehose_stream_are_fingerprints() -> None:
    recorded = copy.deepcopy(answers(delivery_streams))
    planted = 0
    for each in dicts(recorded):
        for key in {"HECToken", "Url", "AttributeValue"} & set(each):
            each[key] = HOOK
            planted += 1

    found = kept(gathered(delivery_streams, recorded))

    assert planted == 3
    assert CANARY not in found
    assert "hmac-sha256:" in found


def test_keys_in_what_firehose_runs_in_redshift_are_fingerprints() -> None:
    recorded = copy.deepcopy(answers(delivery_streams))
    planted = 0
    for each in list(dicts(recorded)):
        if "Destinations" in each:
            each["Destinations"] = [
                {
                    "DestinationId": "1",
                    "RedshiftDestinationDescription": {
                        "ClusterJDBCURL": f"jdbc:redshift://x:5439/db?user=a&password={CANARY}",
                        "CopyCommand": {
                            "DataTableName": "t",
                            "CopyOptions": f"CREDENTIALS 'aws_secret_access_key={CANARY}'",
                        },
                    },
                }
            ]
            planted += 1

    found = kept(gathered(delivery_streams, recorded))

    assert planted
    assert '"DataTableName": "t"' in found
    assert CANARY not in found


def test_arguments_of_a_glue_job_are_fingerprints() -> None:
    found = kept(gathered(jobs, answers(jobs)))

    assert "--db_password" in found
    assert "not-for-the-inventory" not in found
