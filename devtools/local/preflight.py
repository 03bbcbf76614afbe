"""What must hold before a start.

Each failure is one sentence that says what to do.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
from pathlib import Path

import psutil

ROOM = 300_000_000
"""Bytes that a database of some months of the simulated Organization takes, with room to work."""


class PreflightError(Exception):
    """The start would fail; the message says what to do."""


def check(root: Path, port: int) -> None:
    """Raise the first error that would prevent the start."""
    check_folder(root)
    check_room(root)
    check_port(port)


def check_folder(root: Path) -> None:
    """The run folder can be made and written to."""
    run = root / ".run"
    try:
        run.mkdir(exist_ok=True, mode=0o700)
        probe = run / f"probe.{os.getpid()}"
        probe.write_text("x")
        probe.unlink()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise PreflightError("The disk is full: free some of it and start again.") from error
        raise PreflightError(
            f"{run} cannot be written to ({error.strerror}): "
            "remove it if another user made it, or copy the checkout to a folder of your own."
        ) from error


def check_room(root: Path) -> None:
    """The disk has room for the database."""
    free = shutil.disk_usage(root).free
    if free < ROOM:
        raise PreflightError(
            f"The disk of {root} has {free // 1_000_000} MB free and the database needs about {ROOM // 1_000_000} MB: "
            "free some and start again."
        )


def check_port(port: int) -> None:
    """The port is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise PreflightError(f"Port {port} is for root alone: choose one above 1023 with --port.") from error
        except OverflowError as error:
            raise PreflightError(f"{port} is no port: choose one from 1024 to 65535 with --port.") from error
        except OSError as error:
            raise PreflightError(
                f"Port {port} is taken{_by_whom(port)}: end that, or choose another with ./dev up --port {port + 1}."
            ) from error


def _by_whom(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
            if listens and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return ""  # Another user's process: its name is not for us to see.
    return ""


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
