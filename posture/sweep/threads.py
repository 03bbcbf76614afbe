"""A thread pool whose tasks may share work through it without ever deadlocking."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from posture.core.tracing import with_current_context
from posture.sweep.errors import CancelledError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

LOOK_SECONDS = 0.25
"""How often a waiting thread looks whether it is to stop."""


def aside(function: Callable[[], Answer], cancel: threading.Event) -> Answer:
    """Call `function` in a thread; raises `CancelledError` soon after `cancel` is set.

    What AWS keeps waiting then goes on waiting alone. It may not be in the pool's queue, in which a
    stuck account could be before it.
    """
    future: Future[Answer] = Future()

    def run() -> None:
        try:
            future.set_result(function())
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that asked
            future.set_exception(error)

    threading.Thread(target=with_current_context(run), name="aside", daemon=True).start()
    while not wait([future], LOOK_SECONDS).done:
        if cancel.is_set():
            raise CancelledError
    return future.result()


class Pool:
    """Threads shared by all that one process sweeps."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="sweep")

    def submit(self, function: Callable[..., Answer], *args: Any) -> Future[Answer]:
        """Run a function in one of the threads."""
        return self._executor.submit(with_current_context(function), *args)

    def each(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Call `function` for each item here and in free threads; answers in order.

        The calling thread takes items as the others do, so the work ends even if no other thread ever
        comes free; what it waits for at the end is only what others have already begun. After a first
        failure no further item is begun, and the failure is raised.
        """
        todo = list(items)
        if len(todo) < 2:  # noqa: PLR2004 - one item has nobody to share with
            return [function(item) for item in todo]
        answers: list[Any] = [None] * len(todo)
        # next() on a count is one step of the interpreter, so no two threads get the same number.
        numbers = itertools.count()
        failures: list[BaseException] = []

        def take() -> None:
            while not failures and (number := next(numbers)) < len(todo):
                try:
                    answers[number] = function(todo[number])
                except BaseException as error:  # noqa: BLE001 - raised below, in the thread that asked
                    failures.append(error)

        helpers = [self._executor.submit(with_current_context(take)) for _ in range(min(len(todo), self.threads) - 1)]
        take()
        for helper in helpers:
            # One that has not begun has nothing left to do; waiting for it could be waiting for ourselves.
            if not helper.cancel():
                helper.result()
        if failures:
            raise failures[0]
        return answers

    def close(self) -> None:
        """Let the threads end; what has not begun is dropped."""
        self._executor.shutdown(wait=False, cancel_futures=True)
