"""Metrics for Prometheus, read from the database and the queue on each scrape.

The number of queries does not depend on the number of accounts. Unknown values are left out, never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import django_rq
from django.conf import settings
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from posture.observability import counters, readings, requests

ORGANIZATION_LABELS = ("organization_id", "organization")
"""An organization's number in the site's URLs, and its name, which two may share."""

Samples = Iterable[tuple[Sequence[str], float]]


@dataclass(frozen=True, slots=True)
class MetricFamily:
    """A metric: name without `plumbline_`, help text, labels, source of samples."""

    name: str
    help: str
    labels: Sequence[str]
    samples: Callable[[], Samples]
    is_counter: bool = False

    @property
    def full_name(self) -> str:
        """The name under which it is queried."""
        return f"plumbline_{self.name}{'_total' if self.is_counter else ''}"

    def collect(self) -> Metric:
        """Return the metric with its samples of now."""
        kind: Any = CounterMetricFamily if self.is_counter else GaugeMetricFamily
        metric: Metric = kind(f"plumbline_{self.name}", self.help, labels=self.labels)
        for labels, value in self.samples():
            metric.add_metric(labels, value)  # type: ignore[attr-defined]  # each kind has its own
        return metric


def _one(value: float | None) -> Samples:
    return [] if value is None else [((), value)]


def _counter(name: str) -> Callable[[], Samples]:
    return lambda: [((label,), count) for label, count in sorted(counters.read(name).items())]


def _jobs() -> Samples:
    return [((name,), django_rq.get_queue(name).count) for name in settings.RQ_QUEUES]


FROM_DATABASE = (
    MetricFamily("sweeps", "Sweeps in the history, by state.", (*ORGANIZATION_LABELS, "state"), readings.sweeps),
    MetricFamily(
        "sweep_accounts",
        "Accounts of the sweep that runs, by state.",
        (*ORGANIZATION_LABELS, "state"),
        readings.sweep_accounts,
    ),
    MetricFamily(
        "sweep_idle_seconds",
        "Seconds since anything moved in the sweep that runs.",
        ORGANIZATION_LABELS,
        readings.idle_seconds,
    ),
    MetricFamily(
        "last_good_sweep_age_seconds",
        "Seconds since the last complete sweep ended; absent before the first.",
        ORGANIZATION_LABELS,
        readings.last_sweep_age,
    ),
    MetricFamily(
        "schedule_interval_seconds",
        "Seconds from one sweep to the next by the schedule; absent where none is set or it is paused.",
        ORGANIZATION_LABELS,
        readings.schedule_interval,
    ),
    MetricFamily(
        "accounts",
        "Accounts by what the last sweeps saw of them: seen, refused, failed, not_swept or unseen.",
        (*ORGANIZATION_LABELS, "visibility"),
        readings.accounts,
    ),
    MetricFamily(
        "gaps",
        "Listings and fields that cannot be read now, by reason, and whether that blinds us.",
        (*ORGANIZATION_LABELS, "reason", "blinds"),
        readings.gaps,
    ),
    MetricFamily(
        "open_findings",
        "Failing findings that nobody accepted, by severity, after the last sweep.",
        (*ORGANIZATION_LABELS, "severity"),
        readings.open_findings,
    ),
)
FROM_QUEUE = (
    MetricFamily("queue_jobs", "Jobs that wait, by queue.", ("queue",), _jobs),
    MetricFamily("workers", "Workers that are alive.", (), lambda: _one(readings.workers())),
    MetricFamily(
        "scheduler_age_seconds",
        "Seconds since the scheduler looked last; absent where it never did.",
        (),
        lambda: _one(readings.scheduler_age()),
    ),
    MetricFamily("aws_calls", "Requests sent to AWS.", ("service",), _counter(counters.CALLS), is_counter=True),
    MetricFamily("aws_retries", "Requests sent again.", ("service",), _counter(counters.RETRIES), is_counter=True),
    MetricFamily(
        "aws_throttles",
        "Of the retries, those after AWS said that we were too fast.",
        ("service",),
        _counter(counters.THROTTLES),
        is_counter=True,
    ),
)
QUEUE_UP = "plumbline_queue_up"
REQUESTS = "plumbline_http_request_duration_seconds"


def _requests() -> Metric:
    metric = HistogramMetricFamily(REQUESTS, "Seconds until a page began to be answered.", labels=("area", "status"))
    for labels, buckets, seconds in requests.histogram():
        metric.add_metric(labels, buckets=list(buckets.items()), sum_value=seconds)
    return metric


def names() -> list[str]:
    """Return the full names of all metrics."""
    return [*(family.full_name for family in (*FROM_DATABASE, *FROM_QUEUE)), QUEUE_UP, REQUESTS]


class SiteCollector(Collector):
    """Collects everything when asked."""

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics.

        Where the queue does not answer, its metrics are left out, and `plumbline_queue_up` is 0.
        """
        for family in FROM_DATABASE:
            yield family.collect()
        try:
            found = [*(family.collect() for family in FROM_QUEUE), _requests()]
        except RedisError:
            found = []
        yield GaugeMetricFamily(QUEUE_UP, "Whether the queue answers.", value=1 if found else 0)
        yield from found
