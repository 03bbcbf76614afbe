"""The pace of the replay server alone.

Its client does nothing but write and count bytes.
"""

from __future__ import annotations

import itertools
import socket
import time

from devtools.bench.recorder import Recording, Request
from devtools.bench.replay import statistics_of

CONNECTIONS = 16
REQUESTS = 6000


def ceiling(url: str, recording: Recording) -> tuple[float, float]:
    """Return the calls a second of the server, and microseconds of its CPU for each.

    This client takes a part of the machine too, so the server could do more.
    """
    host, port = url.removeprefix("http://").split(":")
    connections = [socket.create_connection((host, int(port))) for _ in range(CONNECTIONS)]
    key = f"ASIA{recording.account_id}0001"
    requests = itertools.cycle([_bytes(exchange.request, key) for exchange in recording.exchanges])
    before = statistics_of(url)
    begun = time.monotonic()
    for _ in range(REQUESTS // CONNECTIONS):
        for connection in connections:
            connection.sendall(next(requests))
        for connection in connections:
            _read(connection)
    took = time.monotonic() - begun
    after = statistics_of(url)
    for connection in connections:
        connection.close()
    made = REQUESTS // CONNECTIONS * CONNECTIONS
    return made / took, 1e6 * (float(after["cpu"]) - float(before["cpu"])) / made


def _bytes(request: Request, key: str) -> bytes:
    body = request.body.encode()
    target = f"X-Amz-Target: {request.operation}\r\n" if request.operation else ""
    head = (
        f"{request.verb} {request.target} HTTP/1.1\r\nHost: replay\r\n{target}Authorization: AWS4-HMAC-SHA256 "
        f"Credential={key}/20260101/{request.scope}/aws4_request, Signature=0\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _read(connection: socket.socket) -> None:
    """Read one response whole."""
    received = connection.recv(65536)
    end = received.index(b"\r\n\r\n")
    length = int(received[:end].split(b"Content-Length: ")[1].split(b"\r\n")[0])
    left = end + 4 + length - len(received)
    while left > 0:
        left -= len(connection.recv(65536))
