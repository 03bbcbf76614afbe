"""Produce the synthetic organization's days in a process of its own.

The process that records then holds one account at a time.

That is how a worker records. With a million resources in its memory all its work would take longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection

from devtools.bench import history_fixture as fixture
from devtools.bench.history_story import Account, day
from posture.core.sweep import AccountResult

Request = tuple[int, str, int, bool]
"""Number of an account's story, account id, day, and whether the story goes on to that day first."""


class Producer:
    """Client of the other process, which is idle between requests."""

    def __init__(self, stories: Sequence[int], days: int, *, has_populations: bool) -> None:
        spawning = get_context("spawn")
        self._pipe, other = spawning.Pipe()
        arguments = (other, stories, days, has_populations)
        spawning.Process(target=_answer, args=arguments, daemon=True).start()
        other.close()

    def result(self, story: int, account_id: str, number: int, *, advance: bool) -> AccountResult:
        """Return what a sweep of an account finds on a day."""
        request: Request = story, account_id, number, advance
        self._pipe.send(request)
        found: AccountResult = self._pipe.recv()
        return found


def _answer(pipe: Connection, numbers: Sequence[int], days: int, has_populations: bool) -> None:  # noqa: FBT001 - by place
    """Answer until nobody asks any more."""
    stories = {number: Account(number, has_populations) for number in numbers}
    for story in stories.values():
        for _ in range(days):
            story.advance()
    try:
        while True:
            pipe.send(_result(stories, pipe.recv()))
    except EOFError:
        pipe.close()


def _result(stories: dict[int, Account], request: Request) -> AccountResult:
    story, account_id, number, advance = request
    state = stories[story]
    if advance:
        state.advance()
    resources = [fixture.resource(story, account_id, one) for one in state.items.values()]
    resources += [fixture.population(story, account_id, one, state.day_number) for one in state.populations.values()]
    return AccountResult(
        account_id=account_id,
        now=day(number),
        regions=fixture.REGIONS,
        swept_types=fixture.TYPES,
        resources=resources,
        gaps=(),
        judgements=(),
        is_judged=False,
    )
