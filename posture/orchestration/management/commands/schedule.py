"""`manage.py schedule`: the clock of the house.

Starts due sweeps and recovers interrupted ones.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from posture.orchestration.schedule import Scheduler


class Command(BaseCommand):
    """Start due sweeps, find accounts and recover parts until SIGTERM."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=10.0, help="seconds between two looks (default: 10)")
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *_: Any, **options: Any) -> None:
        scheduler = Scheduler()
        if options["once"]:
            scheduler.look()
            return
        stop = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, end)
        self.stdout.write("The scheduler is running.")
        while not stop.is_set():
            scheduler.look()
            stop.wait(options["every"])
        self.stdout.write("The scheduler has ended.")
