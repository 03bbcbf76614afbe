"""One client per service for all accounts and regions, chosen per request.

A botocore client costs milliseconds and a third of a megabyte, and holds nothing of an account but its
credentials, and of a region little but its endpoint. So clients are made once for a process, and each
request is signed and addressed by what `asking_as` set in the calling thread. A request that nobody set
credentials for is refused before it is sent: no answer can come from the wrong account by forgetting.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit, urlunsplit

import botocore
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError
from botocore.model import OperationModel, Shape, StructureShape

from posture.sweep import service_models
from posture.sweep.errors import BadAnswerError

USER_AGENT = f"Plumbline/0.1 (read-only posture sweep) Botocore/{botocore.__version__}"
CONNECT_SECONDS = 5
READ_SECONDS = 30
"""The slowest honest answers, IAM's and CloudTrail's, take about ten."""


class Signing(Protocol):
    """Whatever a request can be signed with."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the keys of this moment, renewed where they must be."""
        ...


class _RequestContext(NamedTuple):
    credentials: Signing
    region: str


HOSTS = 8
"""Regions of one client: its urllib3 keeps connections to ten hosts, and botocore has no way to raise that."""
OF_ONE_REGION = frozenset({"s3", "s3control"})
"""Their customizations in botocore ask for the client's own region, and each bucket is a host."""

_asking: ContextVar[_RequestContext] = ContextVar("asking")


@contextmanager
def asking_as(credentials: Signing, region: str) -> Iterator[None]:
    """Sign this thread's requests with `credentials` and send them to `region`."""
    token = _asking.set(_RequestContext(credentials, region))
    try:
        yield
    finally:
        _asking.reset(token)


class Clients:
    """The process's clients, made on first use; shared by threads and accounts.

    `endpoint_url` sends every call to one place, which is a simulator's: then S3 addresses buckets by
    path, since `bucket.127.0.0.1` is no host.
    """

    def __init__(
        self, *, endpoint_url: str | None = None, connections: int = 64, read_seconds: float = READ_SECONDS
    ) -> None:
        self.endpoint_url = endpoint_url or None
        self._clients: dict[tuple[str, str], Any] = {}
        self._open: dict[tuple[str, str], tuple[Any, int]] = {}
        """By service and partition: the client that takes the next region, and how many it may still take."""
        # Neither botocore's session nor its loader is safe to create clients from several threads.
        self._making = threading.Lock()
        self._config = Config(
            user_agent=USER_AGENT,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            max_pool_connections=connections,
            # A retry quota belongs to a client, so one faulty account would spend that of all others,
            # and adaptive mode would slow them all. Retries are counted per account, in calls.py.
            retries={"mode": "standard", "total_max_attempts": 1},
            # Endpoints with an account id in their name would be those of the placeholder below.
            account_id_endpoint_mode="disabled",
            s3={"addressing_style": "path"} if endpoint_url else None,
        )

    def of(self, service: str, region: str) -> Any:
        """Return the boto3 client of a service in a region, for use inside `asking_as`."""
        client = self._clients.get((service, region))
        if client is None:
            with self._making:
                client = self._clients.get((service, region))
                if client is None:
                    client = self._clients[service, region] = self._with_room(service, region)
        return client

    def _with_room(self, service: str, region: str) -> Any:
        if service in OF_ONE_REGION:
            return self._make(service, region)
        group = service, service_models.partition_of(region)
        client, room = self._open.get(group, (None, 0))
        if not room:
            client, room = self._make(service, region), HOSTS
        self._open[group] = client, room - 1
        return client

    def offered(self, service: str, region: str, partition: str) -> bool:
        """Whether botocore offers a service in a region; True where it does not say."""
        if self.endpoint_url:
            return True
        offered = service_models.botocore_session().get_available_regions(service, partition)
        return not offered or region in offered

    def _make(self, service: str, region: str) -> Any:
        client = service_models.botocore_session().create_client(
            service,
            region_name=region,
            endpoint_url=self.endpoint_url,
            config=self._config,
            # Never sent: without any the client would not sign at all.
            aws_access_key_id="placeholder",
            aws_secret_access_key="placeholder",  # noqa: S106 - the word itself
        )
        events: Any = client.meta.events
        events.register("before-endpoint-resolution", _address_as_asked)
        events.register("before-sign", _sign_as_asked)
        events.register("before-parse", _refuse_what_is_no_answer)
        # One attempt is all it allows, and to find that out takes a twentieth of a call.
        name = client.meta.service_model.service_id.hyphenize()
        events.unregister(f"needs-retry.{name}", unique_id=f"retry-config-{name}")
        if self.endpoint_url and service == "s3control":
            host = urlsplit(self.endpoint_url).netloc

            def keep_host(request: AWSRequest, **_: Any) -> None:
                request.url = urlunsplit(urlsplit(str(request.url))._replace(netloc=host))

            # botocore puts the account id before the host; a simulator has one host for all.
            events.register_first("before-sign", keep_host)
        return client


def _address_as_asked(builtins: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Let botocore's endpoint rules use the region that is asked."""
    asking = _asking.get(None)
    if asking is None:
        raise NoCredentialsError
    builtins["AWS::Region"] = context["client_region"] = asking.region
    # What the rules say of the signature goes before this: global services are signed for one region.
    context["signing"] = {**context.get("signing", {}), "region": asking.region}


def _sign_as_asked(request: AWSRequest, **_: Any) -> None:
    asking = _asking.get(None)
    if asking is None:
        raise NoCredentialsError
    if request.context["client_region"] != asking.region:
        raise LookupError(f"botocore has no endpoint rules to ask {request.url} in {asking.region} by")
    signing = request.context.get("signing", {})
    request.context["signing"] = {**signing, "request_credentials": asking.credentials}


def _refuse_what_is_no_answer(operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
    """Raise `BadAnswerError` for a good status with a body that is not the service's.

    botocore reads broken JSON, nothing at all, and a proxy's page in XML, as an answer without members:
    an empty listing, from which everything would seem to have gone.
    """
    body = response_dict["body"]
    if response_dict["status_code"] >= 300 or not isinstance(body, bytes):  # noqa: PLR2004 - HTTP
        return
    if body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise BadAnswerError("an HTML page came instead of an answer")
    if not body.strip():
        if _speaks_in_its_body(operation_model.output_shape):
            raise BadAnswerError("the answer is empty")
        return
    if operation_model.service_model.resolved_protocol in {"json", "rest-json"}:
        payload = operation_model.output_shape and operation_model.output_shape.serialization.get("payload")
        if payload:
            return
        try:
            json.loads(body)
        except ValueError:
            raise BadAnswerError("the answer is not whole: it is no JSON") from None


def _speaks_in_its_body(output: Shape | None) -> bool:
    """Whether an operation's answer has a body even where it is empty."""
    if not isinstance(output, StructureShape):
        return False
    payload = output.serialization.get("payload")
    if payload:
        # A blob or a text may be empty.
        return bool(output.members[payload].type_name == "structure")
    return any("location" not in member.serialization for member in output.members.values())
