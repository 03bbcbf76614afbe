"""Ends pure Python work that takes too much processor time, wherever it runs.

    with watching(JUDGE_SECONDS) as watch:
        for each in resources:
            with watch.turn():
                judge(each)        # OutOfTimeError once this turn has used up its seconds

What is judged and collected is AWS-supplied text, and hostile. A loop that never ends keeps a worker, and the next one
that takes up its account. A thread of its own looks at every watched thread and raises `OutOfTimeError` in one whose
turn has used more processor time than it may; what only waits, for AWS or for a busy machine, uses none.

Its limits: CPython raises between two bytecodes, so one call into C that never returns (a regular expression that
backtracks, `sorted` of a very long list, a power of huge integers) cannot be ended, and holds the interpreter lock, so
that the watching thread does not even run. Hostile text must therefore meet nothing in C that takes more than linear
time. Where the system has no clock of another thread (macOS), the time on the wall counts. Some turns end up to
`LOOK_SECONDS` late.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LOOK_SECONDS = 0.25
"""How often the watching thread looks."""
_HANDOVER_SECONDS = 0.001


class OutOfTimeError(BaseException):
    """A turn has used up its processor time.

    No `Exception`: code that handles those, as a check may, must not go on.
    """


class Watch:
    """The turns of one thread, each of which may take so many seconds.

    `_running` holds one token while a turn may be ended. Taking it out is one step of the interpreter, so either the
    turn ends by itself or the watching thread ends it, never both: nothing is raised in a thread after its turn.
    """

    __slots__ = (
        "_clock",
        "_fired",
        "_is_paused",
        "_number",
        "_running",
        "_seen",
        "_since",
        "_thread",
        "expired",
        "seconds",
    )

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.expired = Counter[str]()
        """How many turns were ended, by name; who names them counts."""
        self._thread = threading.get_ident()
        self._clock = _clock_of(self._thread)
        self._number = 0
        self._running: list[None] = []
        self._fired = self._is_paused = False
        self._seen, self._since = 0, 0.0

    def begin(self) -> None:
        """Begin a turn."""
        self._number += 1
        self._fired = False
        self._running.append(None)

    def end(self) -> None:
        """End a turn; raises `OutOfTimeError` where it is just being ended from outside."""
        while True:
            try:
                self._running.pop()
            except IndexError:
                time.sleep(_HANDOVER_SECONDS)  # the watching thread has the token: it raises, or gives it back
                if self._fired:
                    # It was raised before, and code of the turn has caught it.
                    _set_exception(self._thread, None)
                    raise OutOfTimeError from None
            else:
                return

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Begin and end a turn around a block."""
        self.begin()
        try:
            yield
        except OutOfTimeError:
            self.give_up()
            raise
        except BaseException:
            self.end()
            raise
        else:
            self.end()

    def give_up(self) -> None:
        """End a turn that was ended from outside, or by the end of a part: raises nothing."""
        while not self._fired:
            try:
                self._running.pop()
            except IndexError:
                time.sleep(_HANDOVER_SECONDS)
            else:
                return
        _set_exception(self._thread, None)

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Let nothing be raised inside the block, as where locks are held; not timed."""
        if self._is_paused:
            yield
            return
        self.end()
        self._is_paused, before = True, self._clock()
        try:
            yield
        finally:
            self._since += self._clock() - before
            self._is_paused = False
            self._running.append(None)

    def look(self) -> None:
        """End the turn if its time is up; the watching thread calls this."""
        number = self._number
        if not self._running:
            return
        if number != self._seen:
            self._seen, self._since = number, self._clock()
        elif self._clock() - self._since > self.seconds:
            self._raise(number)

    def _raise(self, number: int) -> None:
        try:
            self._running.pop()
        except IndexError:
            return
        if self._number != number:
            self._running.append(None)  # that turn has ended meanwhile, and this one has only begun
            return
        self._fired = True
        _set_exception(self._thread, OutOfTimeError)


def _set_exception(thread: int, error: type[BaseException] | None) -> None:
    """Raise an exception in a thread at its next step; None takes back a pending one."""
    held = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), held)


_watches: set[Watch] = set()
_begun = threading.Lock()
_mine = threading.local()


@contextmanager
def watching(seconds: float) -> Iterator[Watch]:
    """Watch this thread's turns inside the block, instead of those of an outer watch."""
    before: Watch | None = getattr(_mine, "watch", None)
    watch = _mine.watch = Watch(seconds)
    _watches.add(watch)
    _start()
    try:
        yield watch
    finally:
        _watches.discard(watch)
        _mine.watch = before


def current() -> Watch | None:
    """Return the watch over this thread; None where nothing watches it."""
    return getattr(_mine, "watch", None)


def _clock_of(thread: int) -> Callable[[], float]:
    """Return a clock of a thread's processor time, to be read from any thread."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.monotonic
    clock = time.pthread_getcpuclockid(thread)
    return lambda: time.clock_gettime(clock)


_watcher: list[threading.Thread] = []


def _start() -> None:
    with _begun:
        if not _watcher:
            _watcher.append(threading.Thread(target=_look, name="watchdog", daemon=True))
            _watcher[0].start()


def _look() -> None:
    """Look at all watched threads until there are none."""
    while True:
        time.sleep(LOOK_SECONDS)
        for watch in list(_watches):
            with suppress(OSError):  # of a thread that has ended meanwhile
                watch.look()
        with _begun:
            if not _watches:
                _watcher.clear()
                return


def _forget() -> None:
    """Forget the threads that did not survive a fork."""
    global _begun  # noqa: PLW0603 - another thread may have held it
    _begun = threading.Lock()
    _watches.clear()
    _watcher.clear()


os.register_at_fork(after_in_child=_forget)
