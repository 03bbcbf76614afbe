"""Record a client's calls and AWS's answers, by botocore's own events.

It imports nothing of the product, so that another program's interpreter can load it (`listen_everywhere`).
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel
from botocore.session import Session


class Request(NamedTuple):
    """What decides the answer to a request: all but who asked, and when."""

    scope: str
    """As "eu-central-1/ec2": the region and the service that the signature names."""
    verb: str
    target: str
    """The path with its query."""
    operation: str
    """The header X-Amz-Target."""
    body: str


@dataclass(slots=True)
class Exchange:
    """One request and its answer.

    `params` are boto3's, with times in ISO-8601; `body` is base64.
    """

    service: str
    method: str
    region: str
    params: dict[str, Any]
    request: Request
    status: int
    content_type: str
    body: str
    times: int = 1
    """How often one sweep makes this very request."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What one sweep of one account asked and was answered."""

    account_id: str
    regions: list[str]
    now: str
    """The moment for which the account was swept: some requests hold it."""
    exchanges: list[Exchange]

    @property
    def calls(self) -> int:
        """The calls of one sweep, without the one that assumes the role."""
        return sum(exchange.times for exchange in self.exchanges)

    def save(self, path: Path) -> None:
        """Write the recording as JSON."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        raw = json.loads(path.read_text())
        exchanges = [Exchange(**{**each, "request": Request(*each["request"])}) for each in raw["exchanges"]]
        return cls(**{**raw, "exchanges": exchanges})


class Recorder:
    """A recorder of botocore's events.

    A call's events come in one thread.
    """

    def __init__(self) -> None:
        self.exchanges: dict[Request, Exchange] = {}
        self._lock = threading.Lock()
        self._thread = threading.local()

    def listen(self, client: Any) -> None:
        """Record every call of a boto3 client."""
        client.meta.events.register_first("provide-client-params", self._asked)
        client.meta.events.register_last("before-send", self._sent)
        client.meta.events.register_first("before-parse", self._answered)

    def _asked(self, params: Mapping[str, Any], **_: Any) -> None:
        self._thread.params = json.loads(json.dumps(params, default=_iso))

    def _sent(self, request: AWSPreparedRequest, **_: Any) -> None:
        self._thread.request = request

    def _answered(self, operation_model: OperationModel, response_dict: Mapping[str, Any], **_: Any) -> None:
        request = self._thread.request
        asked = _request(request)
        exchange = Exchange(
            service=operation_model.service_model.service_name,
            method=xform_name(operation_model.name),
            region=asked.scope.split("/")[0],
            params=self._thread.params,
            request=asked,
            status=response_dict["status_code"],
            content_type=response_dict["headers"].get("Content-Type", ""),
            body=base64.b64encode(response_dict["body"]).decode(),
        )
        with self._lock:
            known = self.exchanges.setdefault(asked, exchange)
            if known is not exchange:
                known.times += 1


def _request(request: AWSPreparedRequest) -> Request:
    region, service = _text(request.headers["Authorization"]).split("Credential=", 1)[1].split("/")[2:4]
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    operation = _text(request.headers.get("X-Amz-Target", ""))
    return Request(f"{region}/{service}", request.method, target, operation, _body(request))


def _body(request: AWSPreparedRequest) -> str:
    if isinstance(request.body, bytes | str | None):
        return _text(request.body or b"")
    raise TypeError("a read sends no file")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be recorded")


def listen_everywhere(file: str) -> None:
    """Record what all botocore clients of this process do from now on.

    Write it to `file` as the process ends.

    The assumed role names the account, the requests name the regions.
    """
    recorder = Recorder()
    create = Session.create_client

    def listened(session: Session, *args: Any, **kwargs: Any) -> Any:
        client = create(session, *args, **kwargs)
        recorder.listen(client)
        return client

    Session.create_client = listened  # type: ignore[method-assign,assignment]  # another program makes its own sessions
    atexit.register(_write, recorder, Path(file), os.getpid())


def _write(recorder: Recorder, file: Path, process: int) -> None:
    """Write what was recorded, unless this is a child of the process that recorded it."""
    if os.getpid() != process:
        return
    exchanges = list(recorder.exchanges.values())
    roles = [exchange.params["RoleArn"] for exchange in exchanges if exchange.method == "assume_role"]
    asked = [exchange for exchange in exchanges if exchange.method != "assume_role"]
    regions = sorted({exchange.region for exchange in asked})
    Recording(roles[-1].split(":")[4], regions, datetime.now(UTC).isoformat(), asked).save(file)
