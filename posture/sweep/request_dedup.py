"""Request dedup: one call for what several collectors ask of an account.

Only answers are passed on: what was refused or failed is asked again by whoever else wants to know, so
that each gap names a call of its own.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from posture.core.collector import Collector
from posture.sweep.actions import action_of
from posture.sweep.ask import Perform

SHARED_ANSWER_MAX_ITEMS = 200
"""Items from which an answer is not kept for whoever may ask later: of a large account that would be its memory."""
READS = ("list_", "describe_", "get_")
"""Only idempotent reads may be shared: not `generate_credential_report`, for example."""


@dataclass(slots=True)
class _Question:
    answered: set[str]
    """Which collectors have asked; one that asks again wants a newer answer."""
    answer: Future[dict[str, Any] | None] = field(default_factory=Future)
    """None where it failed."""


class AskedOnce:
    """Performs one account's calls, each question that collectors share only once."""

    def __init__(self, perform: Perform, collectors: Sequence[Collector]) -> None:
        self._perform = perform
        self._askers = Counter(action for collector in collectors for action in set(collector.actions))
        """How many collectors may ask, by IAM action."""
        self._questions: dict[tuple[str, str, str, str], _Question] = {}
        self._lock = threading.Lock()

    def by(self, collector: Collector) -> Perform:
        """Return how one collector asks."""
        return partial(self._ask, collector.resource_type)

    def _ask(self, who: str, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        askers = self._askers[action_of(service, operation)]
        if askers < 2 or not operation.startswith(READS):  # noqa: PLR2004 - one asker shares with nobody
            return self._perform(service, operation, region, params)
        key = (service, operation, region, repr(sorted(params.items())))
        question, is_first = self._question(key, who, askers)
        if is_first:
            return self._answered(key, question, partial(self._perform, service, operation, region, params))
        answer = question.answer.result()
        return self._perform(service, operation, region, params) if answer is None else answer

    def _question(self, key: tuple[str, str, str, str], who: str, askers: int) -> tuple[_Question, bool]:
        """Return the question, and whether this collector is the first to ask it."""
        with self._lock:
            known = self._questions.get(key)
            if known is None or who in known.answered:
                self._questions[key] = known = _Question({who})
                return known, True
            known.answered.add(who)
            if len(known.answered) == askers:
                del self._questions[key]  # nobody is left who could ask: the answer need not be kept
            return known, False

    def _answered(
        self, key: tuple[str, str, str, str], question: _Question, ask: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        answer: dict[str, Any] | None = None
        try:
            answer = ask()
        finally:
            if answer is None or _is_long(answer):
                with self._lock:
                    if self._questions.get(key) is question:
                        del self._questions[key]
            question.answer.set_result(answer)
        return answer


def _is_long(answer: Mapping[str, Any]) -> bool:
    return any(isinstance(value, list) and len(value) >= SHARED_ANSWER_MAX_ITEMS for value in answer.values())
