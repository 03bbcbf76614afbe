"""Clusters are read over TLS, by a signed token; what cannot be read is a gap."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.credentials import ReadOnlyCredentials

from devtools.simulator.overlay.kubernetes import api, tokens
from devtools.simulator.overlay.kubernetes.api import Cluster, ClusterApi
from devtools.simulator.overlay.kubernetes.certificates import authority_of
from posture.collectors import all_collectors
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW
from posture.core.gap import GapReason
from posture.core.kubernetes import VERSION, ApiResource
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.permissions.kubernetes import cluster_role, read_resources
from posture.sweep import kubernetes
from posture.sweep.ask import AccountAsk, Location
from posture.sweep.errors import AskError, CancelledError, Failure
from posture.sweep.kubernetes import ClusterReader, make_token

REGION = "eu-central-1"
PODS = ApiResource("", "v1", "pods", "Pod")
KEYS = ReadOnlyCredentials("ASIAEXAMPLE", "secret", "session")


@dataclass
class Keys:
    """Credentials of a role's session."""

    frozen: ReadOnlyCredentials = KEYS

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return self.frozen


def keys_of(access_key: str) -> tuple[str, str, str] | None:
    return ("secret", "session", "arn:aws:sts::1:assumed-role/r/s") if access_key == KEYS.access_key else None


def pod(number: int) -> dict[str, Any]:
    metadata = {"name": f"p{number}", "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "status": {"phase": "Running"}}


OBJECTS: list[dict[str, Any]] = [pod(number) for number in range(1_203)]


@pytest.fixture(scope="module")
def served() -> Iterator[ClusterApi]:
    server = ClusterApi(Cluster("shop", REGION, keys_of, lambda: OBJECTS))
    yield server
    server.stop()


@pytest.fixture
def shop(served: ClusterApi, monkeypatch: pytest.MonkeyPatch) -> ClusterApi:
    served.cluster.faults.clear()
    served.cluster.asked.clear()
    served.cluster.rules = api.default_rules()
    monkeypatch.setattr(kubernetes, "BACKOFF_SECONDS", 0.01)
    return served


def described(server: ClusterApi, **changes: Any) -> dict[str, Any]:
    authority = base64.b64encode(server.authority).decode()
    return {
        "name": "shop",
        "version": "1.33",
        "endpoint": server.endpoint,
        "certificateAuthority": {"data": authority},
        **changes,
    }


def reader(**settings: Any) -> ClusterReader:
    return ClusterReader(settings.pop("keys", Keys()), "aws", **settings)


def names(found: Sequence[Any]) -> list[str]:
    return [one["metadata"]["name"] for one in found]


def read(server: ClusterApi, resource: ApiResource = PODS, **settings: Any) -> list[Any]:
    changes = settings.pop("changes", {})
    return reader(**settings)(described(server, **changes), REGION, resource, dict)


def failure(server: ClusterApi, resource: ApiResource = PODS, **settings: Any) -> Failure:
    with pytest.raises(AskError) as raised:
        read(server, resource, **settings)
    found = raised.value.failure
    assert "cluster shop" in found.action
    assert found.remedy.endswith(".")
    return found


def test_all_pages_are_read_and_objects_have_their_kind(shop: ClusterApi) -> None:
    found = read(shop)
    assert names(found) == names(OBJECTS)
    assert {(one["kind"], one["apiVersion"]) for one in found} == {("Pod", "v1")}
    assert len(shop.cluster.asked) == 3


def test_the_token_is_accepted_for_its_own_cluster_and_minute_alone() -> None:
    token = make_token(Keys(), REGION, "aws", "shop")
    assert tokens.check_token(token, "shop", REGION, keys_of).startswith("arn:aws:sts::")
    for cluster, region in (("other", REGION), ("shop", "us-east-1")):
        with pytest.raises(tokens.TokenError):
            tokens.check_token(token, cluster, region, keys_of)
    with pytest.raises(tokens.TokenError, match="not known"):
        tokens.check_token(token, "shop", REGION, lambda _: None)


def test_a_stranger_is_not_let_in(shop: ClusterApi) -> None:
    stranger = Keys(ReadOnlyCredentials(KEYS.access_key, "guessed", "session"))
    found = failure(shop, keys=stranger)
    assert (found.reason, found.error) == (GapReason.DENIED, "Unauthorized")
    assert "access entry" in found.remedy


def test_a_certificate_of_another_authority_is_refused(shop: ClusterApi) -> None:
    other = base64.b64encode(authority_of("another").pem).decode()
    found = failure(shop, changes={"certificateAuthority": {"data": other}})
    assert found.error == "TlsError"
    assert shop.cluster.asked == [], "the token was not sent"


def test_each_cluster_is_verified_by_its_own_authority(shop: ClusterApi) -> None:
    """Connections are shared, and trust is not."""
    other = ClusterApi(Cluster("shop", REGION, keys_of, lambda: OBJECTS[:1]))
    try:
        own = reader()
        assert len(own(described(other), REGION, PODS, dict)) == 1
        assert len(own(described(shop), REGION, PODS, dict)) == len(OBJECTS)
    finally:
        other.stop()


@pytest.mark.parametrize(
    ("fault", "reason", "error"),
    [
        ("forbidden", GapReason.DENIED, "Forbidden"),
        ("expired", GapReason.SERVICE_ERROR, "Expired"),
        ("busy", GapReason.SERVICE_ERROR, "HTTP503"),
        ("garbage", GapReason.BAD_ANSWER, "BadAnswer"),
        ("html", GapReason.BAD_ANSWER, "BadAnswer"),
        ("no items", GapReason.BAD_ANSWER, "BadAnswer"),
        ("loop", GapReason.BAD_ANSWER, "BadAnswer"),
        ("huge", GapReason.BAD_ANSWER, "BadAnswer"),
        ("endless", GapReason.BAD_ANSWER, "BadAnswer"),
        ("compressed", GapReason.BAD_ANSWER, "BadAnswer"),
        ("redirect", GapReason.BAD_ANSWER, "BadAnswer"),
        ("reset", GapReason.UNREACHABLE, "ProtocolError"),
    ],
)
def test_what_goes_wrong_is_a_gap_with_its_reason(
    shop: ClusterApi, monkeypatch: pytest.MonkeyPatch, fault: str, reason: GapReason, error: str
) -> None:
    shop.cluster.faults["pods"] = fault
    monkeypatch.setattr(kubernetes, "PAGES_MAX", 5)
    found = failure(shop, deadline=time.monotonic() + 20)
    assert (found.reason, found.error) == (reason, error)


def test_a_slow_cluster_is_given_up(shop: ClusterApi) -> None:
    shop.cluster.faults["pods"] = "slow"
    began = time.monotonic()
    found = failure(shop, read_seconds=0.3)
    assert (found.reason, found.error) == (GapReason.TIMED_OUT, "Timeout")
    assert time.monotonic() - began < api.SLOW_SECONDS


def test_an_answer_that_drips_is_given_up(shop: ClusterApi) -> None:
    shop.cluster.faults["pods"] = "dripping"
    began = time.monotonic()
    assert failure(shop, read_seconds=0.3).reason is GapReason.BAD_ANSWER
    assert time.monotonic() - began < 6  # whole, it takes ten seconds


@pytest.mark.parametrize("fault", ["expired once", "throttled once"])
def test_what_passes_is_tried_again_from_the_beginning(shop: ClusterApi, fault: str) -> None:
    shop.cluster.faults["pods"] = fault
    assert names(read(shop)) == names(OBJECTS)


def test_a_kind_that_the_version_does_not_have_is_no_gap(shop: ClusterApi) -> None:
    shop.cluster.faults["pods"] = "unserved"
    assert read(shop) == []
    auth = ApiResource("", "v1", "configmaps", "ConfigMap", "kube-system", "aws-auth")
    assert read(shop, auth) == []


def test_a_private_endpoint_is_named_as_such(shop: ClusterApi) -> None:
    closed = "https://127.0.0.1:9"
    private = {"endpoint": closed, "resourcesVpcConfig": {"endpointPublicAccess": False}}
    found = failure(shop, changes=private)
    assert (found.reason, found.error) == (GapReason.UNREACHABLE, "PrivateEndpoint")
    assert "upload" in found.remedy
    limited = {"endpoint": closed, "resourcesVpcConfig": {"publicAccessCidrs": ["192.0.2.0/24"]}}
    assert failure(shop, changes=limited).error == "LimitedEndpoint"
    reached = {"resourcesVpcConfig": {"endpointPublicAccess": False}}
    assert len(read(shop, changes=reached)) == len(OBJECTS), "a worker in the VPC reaches it"


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "file:///etc/passwd", "", None])
def test_only_https_is_asked(shop: ClusterApi, endpoint: str | None) -> None:
    assert failure(shop, changes={"endpoint": endpoint}).reason is GapReason.BAD_ANSWER


def test_a_sweep_that_was_cancelled_stops(shop: ClusterApi) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(CancelledError):
        read(shop, cancel=cancel)
    found = failure(shop, deadline=time.monotonic() - 1)
    assert found.error == "TimeLimit"


# What the role of the cluster allows, and what collectors read


@dataclass(frozen=True)
class Gathered:
    """What one collector found, and what it could not read."""

    resources: Sequence[Resource]
    refused: Sequence[tuple[str, Failure]]


def gather_all(server: ClusterApi) -> dict[str, Gathered]:
    """Run every collector of Kubernetes; return what each gave, by its type."""
    own = reader()
    found = {}
    for kind, collector in all_collectors().items():
        if not collector.kubernetes:
            continue
        location = Location(
            EXAMPLE_ACCOUNT, REGION, "aws", EXAMPLE_NOW, b"key", clusters=["shop"], read_objects=own
        )  # fmt: skip
        ask = AccountAsk(collector, location, lambda *_: {"cluster": described(server)})
        found[kind] = Gathered(list(collector.gather(ask)), ask.refused_parts)
    return found


def test_the_cluster_role_allows_all_that_collectors_read(shop: ClusterApi) -> None:
    found = gather_all(shop)
    assert not [one for each in found.values() for one in each.refused]
    assert len(found["Kubernetes::Workload"].resources) == len(OBJECTS)


def test_workloads_are_judged_by_the_version_of_their_cluster(shop: ClusterApi) -> None:
    workload = gather_all(shop)["Kubernetes::Workload"].resources[0]
    assert workload.observed[VERSION] == "1.33"
    assert VERSION not in workload.raw_config, "an upgrade of the cluster is no drift of what runs in it"


def without(plural: str, rule: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "resources": [each for each in rule["resources"] if each != plural]}


def test_each_rule_of_the_cluster_role_is_needed(shop: ClusterApi) -> None:
    """Without any one resource a listing is refused, and none is a right to write."""
    gather_all(shop)
    paths = {one.partition("?")[0] for one in shop.cluster.asked}
    assert paths == {one.path for one in read_resources()}
    text = cluster_role()
    assert "secrets" not in text
    assert "*" not in text
    for rule in api.default_rules():
        assert rule["verbs"] in (["list"], ["get"])
        for plural in rule["resources"]:
            shop.cluster.rules = [without(plural, one) if one == rule else one for one in api.default_rules()]
            refused = [failed for each in gather_all(shop).values() for _, failed in each.refused]
            assert len(refused) == 1, plural
            assert f"{plural}" in refused[0].remedy


def test_pods_that_cannot_be_listed_leave_their_workloads(shop: ClusterApi) -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}}},
    }
    OBJECTS.append(deployment)
    shop.cluster.faults["pods"] = "forbidden"
    try:
        found = gather_all(shop)["Kubernetes::Workload"]
    finally:
        OBJECTS.remove(deployment)
    [(within, failed)] = found.refused
    assert (within, failed.error) == (f"arn:aws:eks:{REGION}:{EXAMPLE_ACCOUNT}:cluster/shop/", "Forbidden")
    [workload] = found.resources
    assert workload.name == "web"
    assert isinstance(workload.raw_observed["Running"], Unknown)
