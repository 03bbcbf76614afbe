"""Read one listing by its collector; what cannot be read of it hides nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from posture.core.collector import Collector
from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import UNREADABLE, UnknownFieldError
from posture.core.watchdog import OutOfTimeError, watching
from posture.sweep.answers import Answers
from posture.sweep.ask import AccountAsk
from posture.sweep.errors import AskError, CancelledError, Failure, classify

logger = logging.getLogger(__name__)

COLLECTOR_SECONDS = 120.0
"""Processor time that a collector may take to read a listing, and to read one item's details; calls are not counted."""


@dataclass(frozen=True, slots=True)
class ListingResult:
    """What one listing gave, and why not all of it could be read."""

    resources: Sequence[Resource] = ()
    failure: Failure | None = None


def read(collector: Collector, asking: Callable[[Answers | None], AccountAsk]) -> ListingResult:
    """Return one listing, or its failure: half a listing would look like removals.

    `asking` returns what the collector asks, which keeps the answers it is given. An item that the collector cannot
    read, since AWS's content is hostile, is left out: then there are both, resources and a failure.
    """
    answers: Answers | None = None
    first: Failure | None = None
    while True:
        try:
            found = _gather(collector, asking(answers))
        except AskError as error:
            return ListingResult(failure=error.failure)
        except CancelledError:
            raise
        except Exception as error:
            logger.exception("collector %s failed", collector.resource_type)
            failure = classify(error, collector.actions[0])
            if answers is None:
                answers = Answers()
            elif not answers.leave_out(error):
                return ListingResult(failure=failure)
            first = first or failure
            answers.again()
        else:
            return _listed(collector, found, answers, first)


def _gather(collector: Collector, ask: AccountAsk) -> list[Resource]:
    """Return what a collector finds; raises `AskError` if refused, or too slow."""
    try:
        with watching(COLLECTOR_SECONDS) as watch, watch.turn():
            return list(collector.gather(ask))
    except UnknownFieldError as error:
        if error.unknown.error == UNREADABLE:
            raise
        # It could not do without a value that AWS refused: the listing is as good as refused.
        raise AskError(ask.failure_behind(error.unknown)) from error
    except OutOfTimeError as error:
        logger.exception("collector %s ran out of time", collector.resource_type)
        raise AskError(_out_of_time(collector)) from error


def _listed(
    collector: Collector, found: Sequence[Resource], answers: Answers | None, first: Failure | None
) -> ListingResult:
    if answers is None or first is None or not answers.has_left_out:
        return ListingResult(found)
    if not answers.is_sound:
        return ListingResult(failure=first)
    words = f"Some of what AWS listed could not be read and was left out ({first.error}); the rest was read."
    return ListingResult(found, replace(first, action=collector.actions[0], message=words))


def _out_of_time(collector: Collector) -> Failure:
    words = f"What AWS answered took more than {COLLECTOR_SECONDS:g} seconds of processor time to read."
    remedy = "Plumbline gave up reading this listing: please report it, with the log of the worker."
    return Failure(collector.actions[0], GapReason.TIMED_OUT, "CollectorTimeLimit", words, remedy, ours=True)
