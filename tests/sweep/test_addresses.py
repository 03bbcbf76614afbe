"""A client of several regions addresses and signs as botocore's own per region."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest
from botocore.credentials import Credentials

from posture.sweep import service_models
from posture.sweep.clients import HOSTS, Clients, asking_as

KEYS = Credentials("ASIA1111222233330001", "s", "t")
REGIONS = ("eu-central-1", "us-east-1", "ap-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1")
KNOWN: dict[str, tuple[str, dict[str, str]]] = {
    "s3control": ("get_public_access_block", {"AccountId": "111122223333"}),
    "application-autoscaling": ("describe_scalable_targets", {"ServiceNamespace": "dynamodb"}),
}
"""Calls to services that have none without parameters."""
SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/")
ANSWERS = Path(__file__).parents[1] / "collectors" / "answers"
SERVICES = sorted(
    {"organizations", "s3control", "sts"}
    | {name.split(":")[0] for file in ANSWERS.glob("*.json") for name in json.loads(file.read_text())} - {"kubernetes"}
)
"""All of AWS that a collector asks."""


class NotSentError(Exception):
    pass


class Sent:
    """Notes where requests would go and what they are signed for, and sends none."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []

    def stop(self, client: Any) -> Any:
        """Let a client's requests end here."""
        client.meta.events.register_first("before-send", self._note)
        return client

    def _note(self, request: AWSPreparedRequest, **_: Any) -> None:
        authorization = request.headers["Authorization"]
        found = SCOPE.search(authorization.decode() if isinstance(authorization, bytes) else authorization)
        assert found
        self.seen.append((request.url.split("?")[0], found[1], found[2]))
        raise NotSentError


def asked(client: Any, service: str) -> None:
    method, params = KNOWN.get(service) or (harmless(service), {})
    with pytest.raises(NotSentError):
        getattr(client, method)(**params)


def harmless(service: str) -> str:
    model = service_models.service_model(service)
    names = [name for name in model.operation_names if name.startswith(("Describe", "Get", "List"))]
    return next(xform_name(name) for name in names if is_free(model.operation_model(name)))


def is_free(operation: Any) -> bool:
    return not operation.input_shape or not operation.input_shape.required_members


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("service", SERVICES)
def test_requests_go_where_the_regions_own_client_would_send_them(service: str) -> None:
    ours, theirs = Sent(), Sent()
    clients = Clients()
    made: set[int] = set()
    for region in REGIONS:
        client = clients.of(service, region)
        if id(client) not in made:
            made.add(id(client))
            ours.stop(client)
        with asking_as(KEYS, region):
            asked(client, service)
        own = service_models.botocore_session().create_client(
            service, region_name=region, aws_access_key_id="AKIA", aws_secret_access_key="s"
        )
        asked(theirs.stop(own), service)

    assert ours.seen == theirs.seen
    assert len(ours.seen) == len(REGIONS)


def test_regions_share_clients_within_a_partition_and_no_client_has_more_hosts_than_it_keeps_connections_to() -> None:
    clients = Clients()
    regions = service_models.botocore_session().get_available_regions("ec2", "aws")[: 2 * HOSTS + 1]

    of_region = [id(clients.of("ec2", region)) for region in regions]

    assert len(set(of_region)) == 3
    assert max(of_region.count(one) for one in of_region) == HOSTS
    assert id(clients.of("ec2", "cn-north-1")) not in of_region
    assert [id(clients.of("ec2", region)) for region in regions] == of_region
    assert len({id(clients.of("s3", region)) for region in regions[:3]}) == 3
