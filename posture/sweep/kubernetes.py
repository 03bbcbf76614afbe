"""Reads the objects of EKS clusters over HTTPS, by the sweep's own role.

A request goes to the endpoint that DescribeCluster answered and nowhere else, over TLS with the cluster's own
authority. The token is a presigned GetCallerIdentity, which takes no right in IAM.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from posture.core.gap import GapReason
from posture.core.kubernetes import ApiResource, Shape
from posture.sweep.calls import Meter
from posture.sweep.clients import USER_AGENT, Signing
from posture.sweep.errors import AskError, CancelledError, Failure

try:
    import orjson
except ModuleNotFoundError:  # the engine alone needs no more than boto3
    _loads: Callable[[bytes], Any] = json.loads
else:
    _loads = orjson.loads

logger = logging.getLogger(__name__)

PAGE_ITEMS = 500
PAGE_BYTES_MAX = 64_000_000
"""A page of the largest honest objects has some ten megabytes."""
OBJECTS_MAX = 150_000
"""Of one kind in one cluster: Kubernetes itself is made for no more pods."""
PAGES_MAX = 2 * OBJECTS_MAX // PAGE_ITEMS
"""Of one kind: pages without objects would go on for ever."""
ATTEMPTS = 3
BACKOFF_SECONDS = 1.0
RETRY_AFTER_MAX = 10.0
CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
REQUESTS_AT_ONCE = 4
"""To one cluster, whose API server has other work."""
CLUSTERS_POOLED = 64
TOKEN_SECONDS = 60
TOKEN_USED_SECONDS = 45.0
CLUSTER_HEADER = "x-k8s-aws-id"
TOKEN_PREFIX = "k8s-aws-v1."  # noqa: S105 - what every token begins with
GUIDE = "docs/kubernetes.md"
NOT_SERVED = "404 page not found"
"""What an API server answers for a kind that its version does not have."""
BUSY = frozenset({429, 500, 502, 503, 504})
_STS_SUFFIX = {"aws-cn": "amazonaws.com.cn"}


class GarbageError(Exception):
    """An answer is not what Kubernetes documents."""


class _ExpiredError(Exception):
    """The list changed too much while it was read: its continuation is gone."""


def items_of(answer: Any, resource: ApiResource) -> list[dict[str, Any]]:
    """Return the objects in an answer, each with its kind; raises GarbageError."""
    if not isinstance(answer, Mapping):
        raise GarbageError("the answer is no object")
    items = [answer] if resource.name else answer.get("items")
    if items is None:  # as Go writes an empty list
        items = []
    if not isinstance(items, list):
        raise GarbageError("“items” is no list")
    for one in items:
        metadata = one.get("metadata") if isinstance(one, Mapping) else None
        if not isinstance(metadata, Mapping) or not _is_name(metadata.get("name")):
            raise GarbageError("an object has no name")
        if "namespace" in metadata and not _is_name(metadata["namespace"]):
            raise GarbageError("an object's namespace is no name")
    return [{**one, "apiVersion": resource.api_version, "kind": resource.kind} for one in items]


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= 253 and "/" not in name and name.isprintable()  # noqa: PLR2004


def make_token(credentials: Signing, region: str, partition: str, cluster: str) -> str:
    """Return the token by which EKS recognizes the caller.

    It is GetCallerIdentity, signed for one cluster and minute.
    """
    host = f"sts.{region}.{_STS_SUFFIX.get(partition, 'amazonaws.com')}"
    url = f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest(method="GET", url=url, headers={CLUSTER_HEADER: cluster})
    SigV4QueryAuth(credentials.get_frozen_credentials(), "sts", region, expires=TOKEN_SECONDS).add_auth(request)
    return TOKEN_PREFIX + base64.urlsafe_b64encode(str(request.url).encode()).decode().rstrip("=")


@cache
def pool() -> urllib3.PoolManager:
    """Return the process's connections to clusters, verified by their authorities."""
    return urllib3.PoolManager(num_pools=CLUSTERS_POOLED, maxsize=REQUESTS_AT_ONCE, cert_reqs="CERT_REQUIRED")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a cluster answers, by what DescribeCluster said."""

    name: str
    host: str
    port: int
    authority: str
    is_public: bool
    is_limited: bool
    """Open to some addresses only."""

    @classmethod
    def of(cls, cluster: Mapping[str, Any]) -> Endpoint:
        """Return a cluster's endpoint; raises GarbageError where the description has none."""
        try:
            parts = urlsplit(cluster["endpoint"])
            authority = base64.b64decode(cluster["certificateAuthority"]["data"], validate=True).decode("ascii")
            name, host, port = str(cluster["name"]), parts.hostname, parts.port or 443
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise GarbageError("the cluster has no endpoint yet, or no certificate authority") from error
        if parts.scheme != "https" or not host:
            raise GarbageError("the cluster's endpoint is no HTTPS address")
        access = cluster.get("resourcesVpcConfig") or {}
        cidrs = access.get("publicAccessCidrs") or ["0.0.0.0/0"]
        is_public = access.get("endpointPublicAccess") is not False
        return cls(name, host, port, authority, is_public, is_limited="0.0.0.0/0" not in cidrs)


@dataclass(slots=True)
class ClusterReader:
    """Implements `posture.sweep.ask.ReadObjects` for one account."""

    credentials: Signing
    partition: str
    meter: Meter = field(default_factory=Meter)
    cancel: threading.Event = field(default_factory=threading.Event)
    deadline: float = float("inf")
    """By `time.monotonic()`."""
    connections: Callable[[], urllib3.PoolManager] = pool
    read_seconds: float = READ_SECONDS
    _tokens: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)
    _turns: dict[tuple[str, str], threading.BoundedSemaphore] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, cluster: Mapping[str, Any], region: str, resource: ApiResource, shape: Shape) -> list[Any]:
        """Return what `shape` keeps of each object of a cluster; raises `AskError`."""
        listing = _ObjectListing(str(cluster.get("name")), resource)
        try:
            endpoint = Endpoint.of(cluster)
            with self._turn(endpoint, region):
                try:
                    return self._list(listing, endpoint, region, shape)
                except _ExpiredError:
                    return self._list(listing, endpoint, region, shape)
        except GarbageError as error:
            raise listing.error(GapReason.BAD_ANSWER, "BadAnswer", str(error), _RETRIED) from error
        except _ExpiredError as error:
            words = "The list changed faster than it could be read, twice."
            raise listing.error(GapReason.SERVICE_ERROR, "Expired", words, _RETRIED) from error

    def _turn(self, endpoint: Endpoint, region: str) -> threading.BoundedSemaphore:
        with self._lock:
            key = (region, endpoint.name)
            return self._turns.setdefault(key, threading.BoundedSemaphore(REQUESTS_AT_ONCE))

    def _list(self, listing: _ObjectListing, endpoint: Endpoint, region: str, shape: Shape) -> list[Any]:
        found: list[Any] = []
        for page in self._pages(listing, endpoint, region):
            found += [shape(one) for one in items_of(page, listing.resource)]
            if len(found) > OBJECTS_MAX:
                raise GarbageError(f"it lists more than {OBJECTS_MAX:,} objects")
        return found

    def _pages(self, listing: _ObjectListing, endpoint: Endpoint, region: str) -> Iterator[Any]:
        fields: dict[str, str] = {} if listing.resource.name else {"limit": str(PAGE_ITEMS)}
        seen = set[str]()
        while True:
            page = self._get(listing, endpoint, region, fields)
            if page is None:
                return
            yield page
            metadata = page.get("metadata") if isinstance(page, Mapping) else None
            token = metadata.get("continue") if isinstance(metadata, Mapping) and not listing.resource.name else None
            if not token:
                return
            if not isinstance(token, str) or token in seen:
                raise GarbageError("it gave a page for the second time")
            seen.add(token)
            if len(seen) >= PAGES_MAX:
                raise GarbageError(f"it has more than {PAGES_MAX:,} pages")
            fields["continue"] = token

    def _get(self, listing: _ObjectListing, endpoint: Endpoint, region: str, fields: Mapping[str, str]) -> Any:
        """Return one answer; None where the cluster has no such kind or object."""
        attempt = 1
        while True:
            self._look(listing)
            pause, is_last = BACKOFF_SECONDS * attempt, attempt >= ATTEMPTS
            try:
                status, headers, body = self._send(listing, endpoint, region, fields)
            except HTTPError as error:
                if is_last or isinstance(error, SSLError) or not endpoint.is_public:
                    raise listing.unreachable(error, endpoint) from error
            else:
                if is_last or status not in BUSY:
                    return _answer(listing, status, body)
                pause = _retry_after(headers, pause)
            self.meter.failed("kubernetes", region, GapReason.THROTTLED)
            self._pause(pause)
            attempt += 1

    def _send(
        self, listing: _ObjectListing, endpoint: Endpoint, region: str, fields: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        connections = self.connections().connection_from_host(
            endpoint.host, endpoint.port, "https", pool_kwargs={"ca_cert_data": endpoint.authority}
        )
        began = time.monotonic()
        try:
            response = connections.request(
                "GET",
                listing.resource.path,
                fields=dict(fields),
                headers={
                    "Authorization": f"Bearer {self._token(endpoint, region)}",
                    "Accept": "application/json",
                    "User-Agent": USER_AGENT,
                },
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=self.read_seconds),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                return response.status, response.headers, self._body(listing, response, began)
            finally:
                response.release_conn()
        finally:
            self.meter.answered("kubernetes", listing.resource.plural, region, time.monotonic() - began)

    def _body(self, listing: _ObjectListing, response: urllib3.BaseHTTPResponse, began: float) -> bytes:
        """Return an answer, which may neither be endless nor drip for ever."""
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise GarbageError("an answer is compressed, which was not asked for")
        parts, size = [], 0
        # What has arrived: waiting for a whole megabyte, a byte now and then would hold the reader for weeks.
        while part := response.read1(1 << 20, decode_content=False):
            parts.append(part)
            size += len(part)
            if size > PAGE_BYTES_MAX or time.monotonic() - began > 4 * self.read_seconds:
                response.close()
                raise GarbageError(f"an answer has more than {PAGE_BYTES_MAX:,} bytes, or does not end")
            self._look(listing)
        return b"".join(parts)

    def _token(self, endpoint: Endpoint, region: str) -> str:
        key, now = (region, endpoint.name), time.monotonic()
        with self._lock:
            token, until = self._tokens.get(key, ("", 0.0))
            if now >= until:
                token = make_token(self.credentials, region, self.partition, endpoint.name)
                self._tokens[key] = token, now + TOKEN_USED_SECONDS
        return token

    def _look(self, listing: _ObjectListing) -> None:
        if self.cancel.is_set():
            raise CancelledError
        if time.monotonic() > self.deadline:
            remedy = "The account's time limit was over: raise PLUMBLINE_SWEEP_ACCOUNT_SECONDS, or sweep fewer regions."
            raise listing.error(GapReason.TIMED_OUT, "TimeLimit", "the account's time was up", remedy)

    def _pause(self, seconds: float) -> None:
        if self.cancel.wait(seconds):
            raise CancelledError


_RETRIED = "The next sweep asks again. If it repeats, look at the cluster's API server, and for a proxy in between."
_ENTRY = (
    "Create the access entry of the role that sweeps, with the group plumbline-readonly: {guide} has the command. In a "
    "cluster of config maps alone, map the role in aws-auth."
)
_RULE = (
    "Apply the current ClusterRole of {guide}: `{verb}` on `{name}` is missing in the cluster, or the role is not "
    "bound to the group plumbline-readonly."
)
_PRIVATE = (
    "Run a worker in the cluster's VPC, or in a network that reaches it, or upload the cluster's manifests. The "
    "endpoint need not be opened for this."
)
_LIMITED = "Add the address of the machine that sweeps to the endpoint's public access CIDRs, or sweep from the VPC."
_NETWORK = "Check DNS, proxies and firewalls between the machine that sweeps and the cluster's endpoint."
_TLS = (
    "The endpoint showed a certificate of another authority than DescribeCluster names: look for a proxy that opens "
    "TLS, and let it pass these connections."
)


@dataclass(frozen=True, slots=True)
class _ObjectListing:
    """What is read, for the words of its failures."""

    cluster: str
    resource: ApiResource

    @property
    def action(self) -> str:
        return f"{self.resource.verb} {self.resource.full_name} in cluster {self.cluster}"[:200]

    def error(self, reason: GapReason, code: str, words: str, remedy: str) -> AskError:
        return AskError(Failure(self.action, reason, code, words, remedy))

    def unreachable(self, error: HTTPError, endpoint: Endpoint) -> AskError:
        if isinstance(error, SSLError):
            return self.error(GapReason.UNREACHABLE, "TlsError", "the endpoint's certificate was not accepted", _TLS)
        connected = not isinstance(error, ConnectTimeoutError | NewConnectionError)
        if not connected and not endpoint.is_public:
            return self.error(GapReason.UNREACHABLE, "PrivateEndpoint", "the endpoint is private", _PRIVATE)
        if not connected and endpoint.is_limited:
            words = "the endpoint is open to some addresses only, and did not answer"
            return self.error(GapReason.UNREACHABLE, "LimitedEndpoint", words, _LIMITED)
        if isinstance(error, HttpTimeoutError):
            return self.error(GapReason.TIMED_OUT, "Timeout", "the cluster did not answer in time", _RETRIED)
        return self.error(GapReason.UNREACHABLE, type(error).__name__, "the endpoint could not be reached", _NETWORK)


def _answer(listing: _ObjectListing, status: int, body: bytes) -> Any:
    """Return what an answer says; None for a kind or object that is not there."""
    if status == 200:  # noqa: PLR2004 - HTTP
        return _parsed(body)
    if status == 410:  # noqa: PLR2004 - HTTP
        raise _ExpiredError
    said = _status(body)
    if status == 404 and (said.get("reason") == "NotFound" or body.strip() == NOT_SERVED.encode()):  # noqa: PLR2004
        return None
    resource, words = listing.resource, str(said.get("message") or f"HTTP {status}")[:1000]
    if status == 401:  # noqa: PLR2004 - HTTP
        remedy = _ENTRY.format(guide=GUIDE)
        raise listing.error(GapReason.DENIED, "Unauthorized", "the cluster does not let the role in", remedy)
    if status == 403 and said:  # noqa: PLR2004 - HTTP
        remedy = _RULE.format(verb=resource.verb, name=resource.full_name, guide=GUIDE)
        raise listing.error(GapReason.DENIED, "Forbidden", words, remedy)
    if status == 429:  # noqa: PLR2004 - HTTP
        raise listing.error(GapReason.THROTTLED, "TooManyRequests", words, _RETRIED)
    if status in BUSY or said:
        raise listing.error(GapReason.SERVICE_ERROR, f"HTTP{status}", words, _RETRIED)
    raise GarbageError(f"it answers HTTP {status} with something that is not Kubernetes's")


def _parsed(body: bytes) -> Any:
    try:
        return _loads(body)
    except (ValueError, RecursionError) as error:
        raise GarbageError("the answer is no JSON") from error


def _status(body: bytes) -> Mapping[str, Any]:
    """Return Kubernetes's own words on a refusal; empty for whatever else came."""
    try:
        said = json.loads(body[:100_000])
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) and said.get("kind") == "Status" else {}


def _retry_after(headers: Mapping[str, str], usual: float) -> float:
    try:
        return min(float(headers["Retry-After"]), RETRY_AFTER_MAX)
    except (KeyError, ValueError):
        return usual
