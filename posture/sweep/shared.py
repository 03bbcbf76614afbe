"""Spare member accounts calls that their service's administrator has answered.

Nobody configures administrators: the first member that is asked names its own, who is then asked for all
members of that region once. What it says stands in for a member's answer only after it was seen to say,
in this sweep and region, the very same as a member that was asked as well. A difference, a refusal, or a
member that is not in the list: then each account is asked itself, as if there were no administrator.
"""

from __future__ import annotations

import copy
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from posture.sweep import normalizer, paging
from posture.sweep.actions import action_of
from posture.sweep.ask import Perform
from posture.sweep.calls import Meter
from posture.sweep.errors import AskError, CancelledError, classify
from posture.sweep.sharing import Said, Sharing, all_sharings

logger = logging.getLogger(__name__)

COMPARED = 20
"""So many members' own answers are kept for the comparison, until the administrator was asked."""

Question = tuple[str, str, str]
"""Account id, operation, and the parameters as JSON."""


class _Table:
    """What is known of one service in one region. Guarded by the lock of `Shared`."""

    def __init__(self, sharing: Sharing) -> None:
        self.sharing = sharing
        self.claimed = False
        self.said: dict[Question, Mapping[str, Any]] = {}
        self.own: dict[Question, str] = {}
        self.same: set[str] = set()
        self.different: set[str] = set()

    def compare(self, question: Question, own: str) -> None:
        """Hold the administrator's answer to a member's own."""
        said = self.said.get(question)
        if said is None:
            return
        operation = question[1]
        if self.sharing.gist(said) == own:
            self.same.add(operation)
        elif operation not in self.different:
            self.different.add(operation)
            logger.warning(
                "%s:%s differs between the administrator and %s: each account is asked itself",
                self.sharing.service, operation, question[0],
            )  # fmt: skip


class Shared:
    """Administrators' answers in one sweep of one organization; shared by threads."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str], _Table] = {}
        self._lock = threading.Lock()

    def answer_for(self, service: str, region: str, question: Question) -> dict[str, Any] | None:
        """Return the answer for a member; None where the member must be asked."""
        operation = question[1]
        with self._lock:
            table = self._tables.get((service, region))
            if table is None or operation not in table.same or operation in table.different:
                return None
            said = table.said.get(question)
        return copy.deepcopy(dict(said)) if said is not None else None

    def heard(self, sharing: Sharing, region: str, question: Question, answer: Mapping[str, Any]) -> None:
        """Note a member's own answer, to hold the administrator's to it."""
        own = sharing.gist(answer)
        with self._lock:
            table = self._table(sharing, region)
            if table.said:
                table.compare(question, own)
            elif len(table.own) < COMPARED * len(sharing.spares):
                table.own[question] = own

    def claim(self, sharing: Sharing, region: str) -> bool:
        """Whether the caller is the one that asks the administrator; true once."""
        with self._lock:
            table = self._table(sharing, region)
            first, table.claimed = not table.claimed, True
        return first

    def learn(self, sharing: Sharing, region: str, said: list[Said]) -> None:
        """Take in the administrator's answers, and compare them to members' so far."""
        with self._lock:
            table = self._table(sharing, region)
            table.said = {question_of(one.account_id, one.operation, one.params): one.answer for one in said}
            for question, own in table.own.items():
                table.compare(question, own)
            table.own.clear()

    def _table(self, sharing: Sharing, region: str) -> _Table:
        return self._tables.setdefault((sharing.service, region), _Table(sharing))


def question_of(account_id: str, operation: str, params: Mapping[str, Any]) -> Question:
    """Return the question that a call puts to an account."""
    return account_id, operation, json.dumps(params, sort_keys=True, default=str)


class SparingCalls:
    """`posture.sweep.ask.Perform` of a member: asks only what is not answered yet.

    `enter` returns calls inside an account of the same organization, or None for any other account: an
    administrator by invitation may be a stranger, whom nobody here asks for a role.
    """

    def __init__(
        self,
        perform: Perform,
        shared: Shared,
        account_id: str,
        enter: Callable[[str], Perform | None],
        meter: Meter,
    ) -> None:
        self._perform = perform
        self._shared = shared
        self._account_id = account_id
        self._enter = enter
        self._meter = meter

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call; raises what the account's own calls raise."""
        sharing = all_sharings().get(service)
        if sharing is None or operation not in sharing.spares | {sharing.administrator_operation}:
            return self._perform(service, operation, region, params)
        question = question_of(self._account_id, operation, params)
        said = self._shared.answer_for(service, region, question)
        if said is not None:
            self._meter.spare(service, operation)
            return said
        answer = self._perform(service, operation, region, params)
        plain = normalizer.plain_answer(answer, normalizer.odd_of(action_of(service, operation)))
        if operation in sharing.spares:
            self._shared.heard(sharing, region, question, plain)
        administrator = sharing.administrator_in(operation, plain)
        if administrator not in {"", self._account_id} and self._shared.claim(sharing, region):
            self._ask(sharing, region, administrator)
        return answer

    def _ask(self, sharing: Sharing, region: str, administrator: str) -> None:
        """Ask the administrator for all its members; without an answer, all is as before."""
        try:
            perform = self._enter(administrator)
            said = list(sharing.read(_Asking(perform, sharing.service, region))) if perform else []
        except CancelledError:
            raise
        except Exception as error:
            # Whatever it is, no account may suffer from it: each is asked itself.
            action = sharing.actions[0]
            failure = error.failure if isinstance(error, AskError) else classify(error, action)
            logger.info("%s does not speak for its members: %s", administrator, failure.error, exc_info=failure.ours)
            return
        self._shared.learn(sharing, region, said)


class _Asking:
    """Implements `posture.sweep.sharing.Asking`."""

    def __init__(self, perform: Perform, service: str, region: str) -> None:
        self._perform = perform
        self._service = service
        self._region = region

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Return one answer."""
        said = self._perform(self._service, operation, self._region, params)
        answer: dict[str, Any] = normalizer.plain_answer(said, normalizer.odd_of(action_of(self._service, operation)))
        return answer

    def pages(self, operation: str, key: str, **params: Any) -> Iterator[Any]:
        """Yield the items under `key` over all pages."""

        def once(asked: Mapping[str, Any]) -> dict[str, Any]:
            return self.call(operation, **asked)

        try:
            for page in paging.pages(self._service, operation, params, once):
                yield from paging.items(page, key)
        except paging.BadPageError as error:
            raise AskError(classify(error, action_of(self._service, operation))) from error
