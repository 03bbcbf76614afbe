"""The clock of checks: whether a moment has come, and until when all answers hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_AT_ONCE = timedelta(0)


class Clock:
    """The instant at which resources are judged.

    Checks do not see it: what they may ask turns at a moment that they name, so that an outcome is known to hold
    until the first of these moments, and need not be judged before that.
    """

    __slots__ = ("_now", "until")

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.until = FOR_EVER
        """All answers so far are the same at any instant from now to before this one."""

    def has_come(self, moment: datetime, after: timedelta = _AT_ONCE) -> bool:
        """Whether the time is `after` a moment, or later."""
        left = after - (self._now - moment)
        return left <= _AT_ONCE or self._turns(left)

    def is_past(self, moment: datetime, after: timedelta = _AT_ONCE) -> bool:
        """Whether the time is later than `after` a moment."""
        left = after - (self._now - moment)
        return left < _AT_ONCE or self._turns(left)

    def _turns(self, left: timedelta) -> bool:
        # Of two differences, since AWS may give a time to which nothing can be added.
        if left < self.until - self._now:
            self.until = self._now + left
        return False
