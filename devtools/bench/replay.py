"""A server that replays recorded bodies, as whichever account signed.

    python -m devtools.bench.replay RECORDING --latency 50

Each answer carries the number of the account whose key is in the signature in place of the recorded one,
so a test sees when an answer reached another account. The signature itself is not checked. It runs in a
process of its own and prints its URL; `GET /_replay` returns its counts and its CPU.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from urllib.request import urlopen

from devtools.bench.recorder import Recording, Request

SIGNED = re.compile(rb"\r\nAuthorization: [^\r]*?Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", re.IGNORECASE)
LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)
TARGET = re.compile(rb"\r\nX-Amz-Target: *([^\r]+)", re.IGNORECASE)
SESSION = b"ASIA"
"""Begins the keys that AssumeRole gives here; the account's number follows."""
LARGEST_NUMBER = 12


class Answers:
    """What is answered to a request: pure, and knows nothing of sockets."""

    def __init__(self, recording: Recording) -> None:
        self._recorded = recording.account_id.encode()
        self._responses = {
            exchange.request: _response(exchange.status, exchange.content_type, base64.b64decode(exchange.body))
            for exchange in recording.exchanges
        }
        self.requests = 0
        self.unmatched: list[str] = []

    def to(self, head: bytes, body: bytes) -> bytes:
        """Return the whole response to one request."""
        method, target, _ = head.split(b"\r\n", 1)[0].split(b" ", 2)
        if target == b"/_replay":
            return _response(200, "application/json", json.dumps(self.statistics()).encode())
        self.requests += 1
        signed = SIGNED.search(head)
        if signed is None:
            return _response(403, "application/x-amz-json-1.1", b'{"__type": "MissingAuthenticationToken"}')
        key, region, service = signed.groups()
        if service == b"sts" and b"RoleArn=" in body:
            return _assumed(body)
        account = key[len(SESSION) : len(SESSION) + LARGEST_NUMBER]
        operation = TARGET.search(head)
        asked = Request(
            f"{region.decode()}/{service.decode()}",
            method.decode(),
            target.replace(account, self._recorded).decode(),
            operation[1].decode() if operation else "",
            body.replace(account, self._recorded).decode(),
        )
        known = self._responses.get(asked)
        if known is None:
            self.unmatched.append(f"{service.decode()} {region.decode()} {target.decode()} {body.decode()}"[:300])
            return _response(400, "application/x-amz-json-1.1", b'{"__type": "NotRecordedException"}')
        # Numbers of accounts are of one length, so the response's length stays the same.
        return known.replace(self._recorded, account)

    def statistics(self) -> dict[str, Any]:
        """Return counts of requests and of unrecorded ones, and seconds of CPU."""
        return {"requests": self.requests, "unmatched": self.unmatched[:20], "cpu": time.process_time()}


def _response(status: int, content_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nx-amzn-RequestId: replay\r\n\r\n"
    )
    return head.encode() + body


def _assumed(body: bytes) -> bytes:
    """Return AssumeRole's answer.

    Keys that name the account of the role that was asked for.
    """
    account = parse_qs(body.decode())["RoleArn"][0].split(":")[4]
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    answer = (
        "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
        f"<AccessKeyId>{SESSION.decode()}{account}0001</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        f"<SessionToken>t</SessionToken><Expiration>{until}</Expiration></Credentials><AssumedRoleUser>"
        f"<Arn>arn:aws:sts::{account}:assumed-role/r/s</Arn><AssumedRoleId>A</AssumedRoleId>"
        "</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
    )
    return _response(200, "text/xml", answer.encode())


class Connection(asyncio.Protocol):
    """One client's connection, kept alive.

    Requests on it are answered one after the other.
    """

    def __init__(self, answers: Answers, latency: float) -> None:
        self._answers = answers
        self._latency = latency
        self._loop = asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that has come whole."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            body, self._received = self._received[end + 4 : whole], self._received[whole:]
            answer = self._answers.to(head, body)
            if self._latency:
                self._loop.call_later(self._latency, self._send, answer)
            else:
                self._send(answer)

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def serve(recording: Recording, latency: float) -> None:
    """Serve until cancelled, on a free port that is printed as a URL.

    `latency` in seconds.
    """
    answers = Answers(recording)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers, latency), "127.0.0.1", 0, backlog=2048)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


@contextmanager
def replaying(recording: Path, *, latency: float = 0.0) -> Iterator[str]:
    """Run a server in a process of its own while the block runs, and yield its URL.

    `latency` in seconds.
    """
    command = [sys.executable, "-m", __name__, str(recording), "--latency", str(latency * 1000)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url:
            raise RuntimeError(f"the replay server ended with {process.wait()}")
        yield url
    finally:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


def statistics_of(url: str) -> Mapping[str, Any]:
    """Return the statistics of a running server."""
    with urlopen(f"{url}/_replay", timeout=30) as answer:  # noqa: S310 - our own server's URL
        statistics: dict[str, Any] = json.load(answer)
    return statistics


def run(arguments: list[str]) -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m devtools.bench.replay", description=__doc__)
    parser.add_argument("recording", type=Path, help="a file that devtools.bench.recording wrote")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds before each answer")
    chosen = parser.parse_args(arguments)
    try:
        asyncio.run(serve(Recording.load(chosen.recording), chosen.latency / 1000))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run(sys.argv[1:])
