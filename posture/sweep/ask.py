"""One account and region, to be asked: what a collector is handed.

`perform` is the one door to AWS. It is given the service, the boto3 method, the region and the
parameters, and returns the answer or raises what botocore raises; tests hand in a stub.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar, cast

from posture.core.arn import Arn
from posture.core.collector import Collector, ListingScope
from posture.core.elsewhere import Elsewhere, LookUp
from posture.core.kubernetes import ApiResource, Shape
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown, UnknownFieldError, readable
from posture.core.watchdog import current, watching
from posture.sweep import normalizer, paging
from posture.sweep.actions import action_of
from posture.sweep.answers import Answers, Call
from posture.sweep.errors import AskError, CancelledError, Failure, classify, code_of, refused

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_ABSENT: Any = object()
MAX_ARN = 2_048
"""AWS's own limit."""
MAX_NAME = 1_024
"""No name of AWS's is longer."""


class Perform(Protocol):
    """Performs one call; the only way to AWS."""

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return boto3's answer; raises botocore's exceptions."""
        ...


class ReadObjects(Protocol):
    """Reads a collection of a cluster's objects; the only way to Kubernetes."""

    def __call__(self, cluster: Mapping[str, Any], region: str, resource: ApiResource, shape: Shape) -> list[Any]:
        """Return what `shape` keeps of each object; raises `AskError`.

        `cluster` is what DescribeCluster answered.
        """
        ...


class Each(Protocol):
    """Calls a function for each item, in whatever threads there are; answers in order."""

    def __call__(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Return the answers; raises what the function raised first."""
        ...


def in_turn(function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """Call a function for one item after the other."""
    return [function(item) for item in items]


@dataclass(frozen=True, slots=True)
class Location:
    """Where and when is asked, and the key of fingerprints of secrets."""

    account_id: str
    region: str
    partition: str
    now: datetime
    fingerprint_key: bytes
    known_accounts: frozenset[str] | None = None
    """All accounts of the organization; None where they are not known."""
    look_up: LookUp | None = None
    """Finds what other accounts of the organization have; None where that is not known."""
    clusters: Sequence[str] = ()
    """Names of the region's EKS clusters that are to be read."""
    read_objects: ReadObjects | None = None


class AccountAsk:
    """`posture.core.collector.Ask` for one collector in one account and region."""

    def __init__(
        self,
        collector: Collector,
        location: Location,
        perform: Perform,
        each: Each = in_turn,
        at_once: Each = in_turn,
        answers: Answers | None = None,
    ) -> None:
        """Ask through `perform`.

        `each` goes through the things found, `at_once` through questions about one.

        `answers` keeps what was answered, and leaves out what the collector cannot read.
        """
        self.account_id = location.account_id
        self.region = location.region
        self.partition = location.partition
        self.now = location.now
        self.known_accounts = location.known_accounts
        self.clusters = location.clusters
        self._look_up = location.look_up
        self._read_objects = location.read_objects
        self._described: dict[str, Any] = {}
        """What DescribeCluster answered, by the cluster's name."""
        self._key = location.fingerprint_key
        self._collector = collector
        self._rules = normalizer.rules_of(collector)
        self._perform = perform
        self._each = each
        self._at_once = at_once
        self._answers = answers
        self.failures: dict[Unknown, Failure] = {}
        """Why each unknown value that was handed out is unknown; of several failures the last."""
        self.refused_parts: list[tuple[str, Failure]] = []
        """Parts of the listing that could not be read: how the ARNs in them begin, and why."""

    def call(
        self, service: str, operation: str, *, absent: Sequence[str] = (), region: str | None = None, **params: Any
    ) -> dict[str, Any] | Unknown | None:
        """Return one answer; None where absent, `Unknown` where refused or failed.

        `region` overrides the region that is asked.
        """
        try:
            answer = self._once(service, operation, region, absent, params)
        except AskError as error:
            return self._unknown(error.failure)
        return None if answer is _ABSENT else self._handed(answer, service, operation)

    def field(
        self,
        service: str,
        operation: str,
        key: str,
        *,
        absent: Sequence[str] = (),
        region: str | None = None,
        **params: Any,
    ) -> Any:
        """Ask once for one key (dotted where nested) of the answer; None where absent."""
        value: Any = self.call(service, operation, absent=absent, region=region, **params)
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else value
        return self._handed(value, service, operation)

    def pages(
        self,
        service: str,
        operation: str,
        key: str,
        *,
        absent: Sequence[str] = (),
        region: str | None = None,
        **params: Any,
    ) -> Iterator[Any]:
        """Yield the items under `key` over all pages; raises `AskError` where refused."""
        action = action_of(service, operation)

        def once(asked: Mapping[str, Any]) -> dict[str, Any]:
            answer = self._once(service, operation, region, absent, asked)
            return {} if answer is _ABSENT else answer

        try:
            for page in paging.pages(service, operation, params, once):
                items = paging.items(page, key)
                if self._answers is None:
                    yield from items
                else:
                    yield from self._answers.items(self._call(service, operation, region, params), items)
        except paging.BadPageError as error:
            raise AskError(classify(error, action)) from error

    def listing(
        self,
        service: str,
        operation: str,
        key: str,
        *,
        absent: Sequence[str] = (),
        region: str | None = None,
        **params: Any,
    ) -> list[Any] | Unknown | None:
        """Return all items under `key`; None where absent, `Unknown` where refused."""
        if self._answers is None:
            return self._listing(service, operation, key, absent, region, params)
        found: list[Any] | Unknown | None = self._answers.once(
            (*self._call(service, operation, region, params), "all", key),
            lambda: self._listing(service, operation, key, absent, region, params),
        )
        return self._handed(found, service, operation, *found) if isinstance(found, list) else found

    def _listing(
        self,
        service: str,
        operation: str,
        key: str,
        absent: Sequence[str],
        region: str | None,
        params: Mapping[str, Any],
    ) -> list[Any] | Unknown | None:
        first = True

        def once(asked: Mapping[str, Any]) -> dict[str, Any]:
            nonlocal first
            answer = self._once(service, operation, region, absent if first else (), asked)
            if answer is _ABSENT:
                raise _NoneThereError
            first = False
            return cast("dict[str, Any]", answer)

        try:
            return [item for page in paging.pages(service, operation, params, once) for item in paging.items(page, key)]
        except UnknownFieldError as error:
            return error.unknown
        except _NoneThereError:
            return None
        except AskError as error:
            return self._unknown(error.failure)
        except paging.BadPageError as error:
            return self._unknown(classify(error, action_of(service, operation)))

    def cluster(self, name: str) -> Any:
        """Return DescribeCluster's answer on a connected cluster, asked for once."""
        if name not in self._described:
            self._described[name] = self.field("eks", "describe_cluster", "cluster", name=name)
        return self._described[name]

    def objects(self, cluster: str, resource: ApiResource, shape: Shape) -> list[Any]:
        """Return what `shape` keeps of each object; raises `AskError` where refused."""
        described = self.cluster(cluster)
        if isinstance(described, Unknown):
            raise AskError(self.failure_behind(described))
        if self._read_objects is None or not isinstance(described, Mapping):
            raise LookupError(f"{cluster} is not connected")
        return self._read_objects(described, self.region, resource, shape)

    def part(self, within: str, listing: Callable[[], Answer]) -> Answer | Unknown:
        """Return a part of a listing, or what stands for it where it was refused."""
        try:
            return listing()
        except AskError as error:
            self.refused_parts.append((within, error.failure))
            return self._unknown(error.failure)

    def each(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Call `function` for each item, concurrently if possible; answers in order."""
        watch = current()
        if watch is None:
            return self._each(function, items)
        todo = list(items)
        # Each item has its own time, in whatever thread; the threads' locks are no place to be interrupted.
        with watch.pause():
            return self._each(partial(_in_time, function, watch.seconds), todo)

    def together(self, questions: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """Ask independent questions concurrently if possible; answers by name."""
        return dict(zip(questions, self._asked_at_once(questions.values()), strict=True))

    def _asked_at_once(self, questions: Iterable[Callable[[], Any]]) -> list[Any]:
        watch = current()
        if watch is None:
            return self._at_once(_answered, questions)
        with watch.pause():
            return self._at_once(partial(_in_time, _answered, watch.seconds), questions)

    def arn(self, service: str, resource: str, *, region: str | None = None, account_id: str | None = None) -> str:
        """Return an ARN in this account and region; pass region="" for global services."""
        return str(
            Arn(
                self.partition,
                service,
                self.region if region is None else region,
                self.account_id if account_id is None else account_id,
                resource,
            )
        )

    def resource(
        self,
        raw: Mapping[str, Any],
        *,
        arn: str,
        name: str | None = None,
        tags: Sequence[Mapping[str, str]] | Mapping[str, str] | Unknown | None = None,
        region: str | None = None,
    ) -> Resource:
        """Build the resource: split hashed and observed, drop ignored, hide secret fields."""
        if self._answers is not None:
            self._answers.note_resource()
        parsed = Arn.parse(arn)
        if len(arn) > MAX_ARN or not isinstance(region or "", str):
            raise ValueError("what it is called or where it is, is not AWS's")
        config, observed = self._split(raw, arn)
        labels = self._labels(tags, arn)
        named = labels.get("Name", "") if isinstance(labels, dict) else ""
        chosen = name if isinstance(name, str) else ""
        return Resource(
            type=self._collector.resource_type,
            arn=arn,
            account_id=self.account_id,
            region=region or self._region_of(parsed),
            name=(chosen or named or parsed.name)[:MAX_NAME],
            raw_config=config,
            raw_observed=observed,
            raw_tags=labels,
        )

    def _split(self, raw: Mapping[str, Any], arn: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Split a configuration; a part that cannot be kept is unknown."""
        try:
            parts = normalizer.split_secretive(raw, self._rules, self.fingerprint)
            normalizer.refuse_unreadable(*parts)
        except Exception:
            logger.exception("a part of the configuration of %s could not be kept", arn)
            return normalizer.split_secretive(readable(raw, self._odd()), self._rules, self.fingerprint)
        return parts

    def _labels(
        self, tags: Sequence[Mapping[str, str]] | Mapping[str, str] | Unknown | None, arn: str
    ) -> dict[str, str] | Unknown:
        try:
            labels = normalizer.tags_of(tags)
            normalizer.refuse_unreadable(labels)
        except Exception:
            logger.exception("the tags of %s could not be kept", arn)
            return self._odd()
        return labels

    def _odd(self) -> Unknown:
        return normalizer.odd_of(self._collector.actions[0])

    def elsewhere(self, resource_type: str, names: Iterable[str], region: str = "") -> Elsewhere | None:
        """Return which other accounts have resources of these names; None if unknown."""
        return self._look_up(resource_type, frozenset(names), region) if self._look_up else None

    def fingerprint(self, secret: str) -> str:
        """Return a keyed HMAC of a secret: a change shows, the value does not."""
        return normalizer.fingerprint(self._key, secret)

    def _region_of(self, arn: Arn) -> str:
        if self._collector.scope is ListingScope.REGIONAL:
            return self.region
        return arn.region or GLOBAL

    def _unknown(self, failure: Failure) -> Unknown:
        unknown = failure.unknown()
        self.failures[unknown] = failure
        return unknown

    def failure_behind(self, unknown: Unknown) -> Failure:
        """Return why a value is unknown, in AWS's words to this collector."""
        return self.failures.get(unknown) or refused(unknown)

    def _handed(self, value: Any, service: str, operation: str, *parts: Any) -> Any:
        """Return an answer or part; `Unknown` where it was unreadable before."""
        if self._answers is None or not self._answers.is_odd(value, *parts):
            return value
        return normalizer.odd_of(action_of(service, operation))

    def _once(
        self, service: str, operation: str, region: str | None, absent: Sequence[str], params: Mapping[str, Any]
    ) -> Any:
        """Perform one call; `_ABSENT` where AWS says so, `AskError` where it failed."""
        where = region or self.region
        if self._answers is None:
            return self._perform_once(service, operation, where, absent, params)
        return self._answers.once(
            self._call(service, operation, region, params),
            lambda: self._perform_once(service, operation, where, absent, params),
        )

    def _call(self, service: str, operation: str, region: str | None, params: Mapping[str, Any]) -> Call:
        return service, operation, region or self.region, repr(sorted(params.items()))

    def _perform_once(
        self, service: str, operation: str, region: str, absent: Sequence[str], params: Mapping[str, Any]
    ) -> Any:
        watch = current()
        try:
            if watch is None:
                answer = self._perform(service, operation, region, params)
            else:
                # What the call waits for and takes is AWS's time, and its locks are no place to be interrupted.
                with watch.pause():
                    answer = self._perform(service, operation, region, params)
            return normalizer.plain_answer(answer, normalizer.odd_of(action_of(service, operation)))
        except (AskError, CancelledError):
            raise
        except Exception as error:
            if code_of(error) in absent:
                return _ABSENT
            failure = classify(error, action_of(service, operation))
            if failure.ours:
                logger.exception("asking %s:%s failed before it reached AWS", service, operation)
            raise AskError(failure) from error


def _in_time(function: Callable[[Item], Answer], seconds: float, item: Item) -> Answer:
    """Call a function for one item, which may take so many seconds of processor time."""
    with watching(seconds) as watch, watch.turn():
        return function(item)


def _answered(question: Callable[[], Any]) -> Any:
    return question()


class _NoneThereError(Exception):
    """AWS says that there is nothing to list."""
