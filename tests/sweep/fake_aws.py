"""A tiny AWS over HTTP: answers as the signing account, and misbehaves on demand."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")


@dataclass(frozen=True)
class Call:
    """One request, as AWS would read it."""

    key: str
    region: str
    service: str
    operation: str
    params: dict[str, Any]
    headers: dict[str, str]

    @property
    def account_id(self) -> str:
        """The account whose session signed; the sessions carry it in their access key."""
        return self.key[4:16]

    @property
    def session(self) -> int:
        """Which session of that account: 1 for the first."""
        return int(self.key[16:] or 0)


@dataclass(frozen=True)
class Reply:
    """An answer: a body, and how it is sent."""

    body: str
    status: int = 200
    content_type: str = "application/x-amz-json-1.1"


def error(code: str, message: str = "", status: int = 400) -> Reply:
    """Return an error in the form of the JSON protocols."""
    return Reply(json.dumps({"__type": code, "message": message}), status)


def ec2_error(code: str, message: str, status: int = 403) -> Reply:
    """Return an error in EC2's form."""
    body = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
    return Reply(body, status, "text/xml")


def query_error(code: str, message: str, status: int = 403) -> Reply:
    """Return an error in the form of STS and IAM."""
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return Reply(body, status, "text/xml")


@dataclass
class FakeAws:
    """The server; `on` maps `service:Operation` to a dict, a `Reply`, or a function."""

    on: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    regions: tuple[str, ...] = ("eu-central-1",)
    sessions: dict[str, int] = field(default_factory=dict)
    session_seconds: int = 3600
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> str:
        """Serve on a free port and return the URL."""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()

    def made(self, name: str) -> list[Call]:
        """Return the calls of one `service:Operation`."""
        return [call for call in self.calls if f"{call.service}:{call.operation}" == name]

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        with self.lock:
            self.calls.append(call)
        answer = self.on.get(f"{call.service}:{call.operation}")
        if callable(answer):
            answer = answer(call)
        if answer is None:
            answer = self._known(call)
        return answer if isinstance(answer, Reply) else Reply(json.dumps(answer))

    def _known(self, call: Call) -> Reply:
        if call.operation == "AssumeRole":
            return self._assume(call)
        if call.operation == "DescribeRegions":
            items = "".join(f"<item><regionName>{name}</regionName></item>" for name in self.regions)
            return Reply(f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>")
        return error("UnknownOperationException", f"{call.service}:{call.operation}")

    def _assume(self, call: Call) -> Reply:
        arn = call.params["RoleArn"]
        account_id = arn.split(":")[4]
        with self.lock:
            number = self.sessions[account_id] = self.sessions.get(account_id, 0) + 1
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.session_seconds))
        return Reply(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
            f"<AccessKeyId>ASIA{account_id}{number:04d}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            f"<SessionToken>t</SessionToken><Expiration>{until}</Expiration></Credentials><AssumedRoleUser>"
            f"<Arn>arn:aws:sts::{account_id}:assumed-role/r/s</Arn><AssumedRoleId>A</AssumedRoleId>"
            "</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
        )


def _handler(aws: FakeAws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            scope = SCOPE.search(self.headers.get("Authorization", ""))
            key, region, service = scope.groups() if scope else ("", "", "")
            target = self.headers.get("X-Amz-Target")
            if target:
                params, operation = json.loads(body or "{}"), target.rsplit(".", 1)[1]
            elif body.startswith("{"):
                params, operation = json.loads(body), self.path
            else:
                params = {name: values[0] for name, values in parse_qs(body).items()}
                operation = params.get("Action", self.path)
            reply = aws.reply(Call(key, region, service, operation, params, dict(self.headers)))
            payload = reply.body.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST  # noqa: N815 - the base class's name

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
