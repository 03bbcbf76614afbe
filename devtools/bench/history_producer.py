"""Produce the synthetic organization's days in a process of its own.

The process that records then holds one account at a time.

That is how a worker records. With a million resources beside it in its memory, all that it does would take longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection

from devtools.bench import history_fixture as estate
from devtools.bench.history_story import Account, day
from posture.core.sweep import AccountResult

Asked = tuple[int, str, int, bool]
"""Number of an account's story, account id, day, and whether the story goes on to that day first."""


class Teller:
    """Asks the other process, and waits for it; it works at nothing in between."""

    def __init__(self, stories: Sequence[int], told: int, *, has_populations: bool) -> None:
        spawning = get_context("spawn")
        self._pipe, other = spawning.Pipe()
        arguments = (other, stories, told, has_populations)
        spawning.Process(target=_tell, args=arguments, daemon=True).start()
        other.close()

    def result(self, story: int, account_id: str, number: int, *, advance: bool) -> AccountResult:
        """Return what a sweep of an account finds on a day."""
        asked: Asked = story, account_id, number, advance
        self._pipe.send(asked)
        found: AccountResult = self._pipe.recv()
        return found


def _tell(pipe: Connection, numbers: Sequence[int], told: int, has_populations: bool) -> None:  # noqa: FBT001 - by place
    """Answer until nobody asks any more."""
    stories = {number: Account(number, has_populations) for number in numbers}
    for story in stories.values():
        for _ in range(told):
            story.advance()
    try:
        while True:
            pipe.send(_result(stories, pipe.recv()))
    except EOFError:
        pipe.close()


def _result(stories: dict[int, Account], asked: Asked) -> AccountResult:
    story, account_id, number, advance = asked
    told = stories[story]
    if advance:
        told.advance()
    resources = [estate.resource(story, account_id, one) for one in told.items.values()]
    resources += [estate.population(story, account_id, one, told.told) for one in told.populations.values()]
    return AccountResult(
        account_id=account_id,
        now=day(number),
        regions=estate.REGIONS,
        swept_types=estate.TYPES,
        resources=resources,
        gaps=(),
        judgements=(),
        is_judged=False,
    )
