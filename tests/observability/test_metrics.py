"""What Prometheus gets, who gets it.

That its price does not grow with the organization.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django_rq
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families as parsed

from accounts.models import AwsAccount, Organization
from posture.core.sweep import AccountResult, ServiceCost
from posture.history.models import AccountSweep, Snapshot
from posture.observability import counters, metrics, requests
from posture.orchestration import heartbeat
from tests.web import story
from tests.web.world import World

TOKEN = "a-token-of-tests-that-is-long-enough"
URL = "/metrics"


def scrape(client: Client) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Return samples by metric name, as an admin or token holder gets them."""
    answer = client.get(URL)
    assert answer.status_code == 200, answer.content
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in parsed(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@pytest.fixture
def prometheus(client: Client, settings: Any) -> Client:
    """A client that brings the token."""
    settings.METRICS_TOKEN = TOKEN
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def by(samples: list[tuple[dict[str, str], float]], *labels: str) -> dict[Any, float]:
    """Return samples by some of their labels."""
    return {
        tuple(found[label] for label in labels) if labels[1:] else found[labels[0]]: value for found, value in samples
    }


def test_everything_is_reported_for_an_organization_that_is_swept(world: World, prometheus: Client) -> None:
    story.record_story(world)
    running = Snapshot.objects.create(organization=world.organization, as_of=timezone.now(), trigger="person")
    beat = timezone.now() - timedelta(seconds=90)
    Snapshot.objects.filter(pk=running.pk).update(started_at=beat)
    AccountSweep.objects.create(snapshot=running, account=world.ours, state="running", heartbeat_at=beat)
    AccountSweep.objects.create(snapshot=running, account=world.theirs, state="queued")
    AwsAccount.objects.create(organization=world.organization, account_id="444444444444", name="new")
    heartbeat.record_scheduler()
    django_rq.get_queue("sweeps").push_job_id("a-job")

    metrics = scrape(prometheus)

    assert by(metrics["plumbline_sweeps"], "organization", "state") == {
        ("Northwind", "complete"): 3,
        ("Northwind", "running"): 1,
    }
    assert by(metrics["plumbline_sweep_accounts"], "state") == {"running": 1, "queued": 1}
    assert by(metrics["plumbline_accounts"], "visibility") == {"seen": 2, "unseen": 1}
    assert by(metrics["plumbline_gaps"], "reason", "blinds") == {("role_policy", "yes"): 1}
    assert by(metrics["plumbline_queue_jobs"], "queue") == {"default": 0, "sweeps": 1}
    findings = by(metrics["plumbline_open_findings"], "severity")
    assert findings.keys() == {"critical", "high", "medium", "low"}
    assert sum(findings.values()) > 0
    ((_, age),) = metrics["plumbline_last_good_sweep_age_seconds"]
    assert age == pytest.approx(20 * 3600, abs=600)
    ((_, idle),) = metrics["plumbline_sweep_idle_seconds"]
    assert 90 <= idle < 600
    ((_, interval),) = metrics["plumbline_schedule_interval_seconds"]
    assert interval == 24 * 3600
    assert metrics["plumbline_workers"] == [({}, 0)]
    assert metrics["plumbline_queue_up"] == [({}, 1)]
    assert 0 <= metrics["plumbline_scheduler_age_seconds"][0][1] < 600


def test_what_is_unknown_is_left_out_and_not_zero(world: World, prometheus: Client) -> None:
    metrics = scrape(prometheus)
    assert "plumbline_last_good_sweep_age_seconds" not in metrics
    assert "plumbline_scheduler_age_seconds" not in metrics
    assert "plumbline_open_findings" not in metrics
    assert by(metrics["plumbline_accounts"], "visibility") == {"unseen": 2}


def test_calls_are_counted_by_service_over_all_processes(world: World, prometheus: Client) -> None:
    spent = [
        ServiceCost("ec2", "eu-west-1", 5, 2, 1, 0.1),
        ServiceCost("ec2", "us-east-1", 4, 0, 0, 0.1),
        ServiceCost("iam", "us-east-1", 3, 0, 0, 0.1),
    ]
    result = AccountResult("1", datetime(2026, 11, 1, tzinfo=UTC), [], [], [], [], [], services=spent)
    counters.add_calls(result)
    counters.add_calls(result)
    metrics = scrape(prometheus)
    assert by(metrics["plumbline_aws_calls_total"], "service") == {"ec2": 18, "iam": 6}
    assert by(metrics["plumbline_aws_retries_total"], "service") == {"ec2": 4, "iam": 0}
    assert by(metrics["plumbline_aws_throttles_total"], "service") == {"ec2": 2, "iam": 0}


def test_requests_are_timed_over_all_processes_by_area_and_status(world: World, prometheus: Client) -> None:
    assert prometheus.get("/sweeps/").status_code == 302
    assert prometheus.get("/no-such-page/").status_code == 404
    other = requests.Times(iter([0.0, 1.0, 6.0, 6.0]).__next__)
    other.add("elsewhere", 200, 0.07)
    assert not any("elsewhere" in label for label in counters.read(requests.COUNTS)), "not each one asks the queue"
    other.add("elsewhere", 200, 99.0)
    name = "plumbline_http_request_duration_seconds"
    metrics = scrape(prometheus)
    counted = by(metrics[f"{name}_count"], "area", "status")
    assert counted["elsewhere", "2xx"] == 2
    assert counted["sweeps", "3xx"] >= 1
    buckets = by([each for each in metrics[f"{name}_bucket"] if each[0]["area"] == "elsewhere"], "le")
    assert (buckets["0.05"], buckets["0.1"], buckets["10.0"], buckets["+Inf"]) == (0, 1, 1, 2)
    assert by(metrics[f"{name}_sum"], "area")["elsewhere"] == pytest.approx(99.07)


def test_two_organizations_of_one_name_are_distinguished(world: World, prometheus: Client) -> None:
    story.record_story(world)
    twin = Organization.objects.create(name="Northwind", root_account_id="999999999999")
    AwsAccount.objects.create(organization=twin, account_id="444444444444", name="new")
    metrics = by(scrape(prometheus)["plumbline_accounts"], "organization_id", "visibility")
    assert metrics == {(str(world.organization.pk), "seen"): 2, (str(twin.pk), "unseen"): 1}


def test_a_queue_that_does_not_answer_leaves_the_rest(
    world: World, prometheus: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis.exceptions import ConnectionError as NoConnection

    def refuse(*_: object) -> None:
        raise NoConnection

    monkeypatch.setattr(django_rq, "get_queue", refuse)
    metrics = scrape(prometheus)
    assert metrics["plumbline_queue_up"] == [({}, 0)]
    assert "plumbline_workers" not in metrics
    assert "plumbline_accounts" in metrics


def test_the_price_is_the_same_for_any_number_of_accounts(world: World, prometheus: Client) -> None:
    story.record_story(world)
    scrape(prometheus)
    with CaptureQueriesContext(connection) as few:
        scrape(prometheus)
    world.add_accounts(40)
    snapshot = Snapshot.objects.create(organization=world.organization, as_of=timezone.now(), trigger="person")
    AccountSweep.objects.bulk_create(
        AccountSweep(snapshot=snapshot, account=account) for account in AwsAccount.objects.all()
    )
    with CaptureQueriesContext(connection) as many:
        scrape(prometheus)
    assert len(few) == len(many) <= 12


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer ", 401),
        ("Bearer ä", 401),
        (f"Basic {TOKEN}", 401),
        ("", 401),
    ],
)
def test_only_the_token_opens(world: World, client: Client, settings: Any, authorization: str, status: int) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = client.get(URL, headers={"Authorization": authorization})
    assert answer.status_code == status
    assert (b"plumbline_" in answer.content) == (status == 200)


def test_without_a_token_of_the_sites_none_is_right(world: World, client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for brought in ("Bearer ", "Bearer", "Bearer x"):
        answer = client.get(URL, headers={"Authorization": brought})
        assert answer.status_code == 403
        assert "PLUMBLINE_METRICS_TOKEN" in answer.content.decode()


def test_a_wrong_token_is_not_mended_by_a_session(world: World, client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    client.force_login(world.admin)
    assert client.get(URL).status_code == 200
    assert client.get(URL, headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_names_and_labels_follow_prometheuss_rules() -> None:
    for name in metrics.names():
        assert re.fullmatch(r"plumbline_[a-z]+(_[a-z]+)*", name)


def test_the_documentation_names_every_metric_and_no_other() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "observability.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(plumbline_\w+)` \|", page, re.MULTILINE)) == set(metrics.names())
    assert set(re.findall(r"\bplumbline_[a-z_]+", page)) == set(metrics.names()), "the rules ask for what there is"
