"""The server of the simulated AWS.

`python -m devtools.simulator.server --port 5000 --state .run/simulator`.

One process holds the state, threads share it. Granian reads HTTP outside Python's lock, which makes the simulator
three times as fast as moto's own development server.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

THREADS = 32


def application(folder: Path, guardian: int) -> Any:
    """Return the WSGI application with the state of `folder`.

    It ends when the process `guardian` is gone.
    """
    # Imported here, so that the guarding process stays small and the port is refused early.
    from devtools.simulator.overlay.control import Control
    from devtools.simulator.overlay.gateway import Gateway
    from devtools.simulator.overlay.storage import restore
    from devtools.simulator.overlay.world import World

    threading.Thread(target=_end_with, args=(guardian,), daemon=True).start()
    control = Control(folder)
    world = restore(folder) or World()
    control.travel(world.story.get("clock"))
    return Gateway(world, control)


def _end_with(guardian: int) -> None:
    """Leave no orphan behind that keeps the port: a killed parent cannot say goodbye."""
    while os.getppid() == guardian:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m devtools.simulator.server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--host", default="127.0.0.1", help="stay on loopback: the simulator trusts everybody who reaches it"
    )
    parser.add_argument("--state", type=Path, required=True, help="folder in which the state is saved and looked for")
    options = parser.parse_args(arguments)
    server = Granian(
        "devtools.simulator.server",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=partial(application, options.state, os.getpid()), wrap_loader=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
