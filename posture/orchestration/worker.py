"""The RQ worker: runs jobs in its own process, and stops quickly on request."""

from __future__ import annotations

from types import FrameType
from typing import Any

from rq import SimpleWorker

from posture.orchestration import concurrency, heartbeat
from posture.orchestration.memory import share_arenas, tune_garbage_collection


class SweepWorker(SimpleWorker):
    """Returns the accounts being swept to the queue on a warm shutdown."""

    def work(self, *args: Any, **options: Any) -> bool:
        """Work until asked to stop.

        Before any thread is started, see that threads and collections cost little.
        """
        share_arenas()
        tune_garbage_collection()
        with heartbeat.worker_heartbeat(self.name):
            return bool(super().work(*args, **options))

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop after the current job, and make that one short."""
        concurrency.stop()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ left it untyped
