"""What people do with findings, who may, and what it does to the score."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from accounts.models import AwsAccount, Ownership, User
from posture.core.score import band
from posture.history import query, triage
from posture.history.models import FindingRecord, Snapshot, Triage
from posture.history.scope import Scope
from posture.history.upkeep.finish import finish_snapshot
from tests.history.world import account, bucket, day, organization, sweep, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> AwsAccount:
    made = account(organization(is_simulated=True))
    sweep_all(made, 0)
    return made


def sweep_all(account: AwsAccount, number: float, **config: Any) -> None:
    public = {"Public": True} | config
    sweep(account, day(number), [bucket("open", **public), bucket("closed"), bucket("plain", Encrypted=False)])
    finish_snapshot(Snapshot.objects.get(as_of=day(number)))


@pytest.fixture
def admin() -> User:
    return user("admin")


def scope(person: User, account: AwsAccount, **rest: Any) -> Scope:
    return Scope.of(person, account.organization, **rest)


def public(person: User, account: AwsAccount) -> FindingRecord:
    return query.findings(scope(person, account)).get(check_id="bucket_private")


def low(person: User, account: AwsAccount, **rest: Any) -> float:
    found = query.load_score(scope(person, account, **rest))
    assert found
    return found.low


def test_an_accepted_risk_leaves_the_score_and_is_counted_apart(acme: AwsAccount, admin: User) -> None:
    before = low(admin, acme)

    triage.accept_risk(admin, public(admin, acme), "A public website.", day(30))

    assert low(admin, acme) > before
    summary = {each.check_id: each for each in query.summarize_checks(scope(admin, acme))}["bucket_private"]
    assert (summary.failed, summary.accepted, summary.passed) == (0, 1, 2)
    finding = public(admin, acme)
    assert (finding.triage, finding.triage_reason, finding.triage_expires_at) == (
        "accepted", "A public website.", day(30),
    )  # fmt: skip
    assert band(query.sum_tallies(scope(admin, acme))) == query.load_score(scope(admin, acme))
    series = query.load_score_series(scope(admin, acme), day(0), day(1))
    assert [(point.low, point.critical, point.accepted) for point in series] == [(low(admin, acme), 0, 1)]
    assert {p.practice_id: p.failed for p in query.summarize_practices(scope(admin, acme))}["data"] == 1


def test_results_before_the_last_sweep_are_not_rewritten(acme: AwsAccount, admin: User) -> None:
    before = low(admin, acme)
    sweep_all(acme, 5)

    triage.accept_risk(admin, public(admin, acme), "A public website.", day(30))

    assert low(admin, acme, as_of=day(4)) == before
    assert band(query.sum_tallies(scope(admin, acme, as_of=day(4)))) == query.load_score(
        scope(admin, acme, as_of=day(4))
    )
    assert low(admin, acme, as_of=day(5)) == low(admin, acme) > before
    assert {p.practice_id: p.failed for p in query.summarize_practices(scope(admin, acme, as_of=day(4)))}["data"] == 2


def test_an_acceptance_survives_sweeps_and_ends_on_its_date(acme: AwsAccount, admin: User) -> None:
    before = low(admin, acme)
    triage.accept_risk(admin, public(admin, acme), "A public website.", day(10))
    sweep_all(acme, 5)
    assert low(admin, acme) > before

    sweep_all(acme, 10)

    assert low(admin, acme) == before
    finding = public(admin, acme)
    assert finding.triage == "open"
    assert query.build_finding_timeline(scope(admin, acme), finding.finding_id)[0].kind == "expired"


def test_triage_survives_resolving_and_reopening(acme: AwsAccount, admin: User) -> None:
    first = public(admin, acme)
    triage.accept_risk(admin, first, "A public website.", day(30))
    sweep_all(acme, 5, Public=False)
    sweep_all(acme, 6)

    again = public(admin, acme)
    assert (again.finding_id, again.triage, again.reopened, again.first_opened_at) == (
        first.finding_id, "accepted", 1, day(0),
    )  # fmt: skip
    assert again.id != first.id


def test_taking_a_decision_back_counts_again(acme: AwsAccount, admin: User) -> None:
    before = low(admin, acme)
    triage.call_false_positive(admin, public(admin, acme), "The check errs.")
    assert low(admin, acme) > before

    triage.reopen(admin, public(admin, acme))

    assert low(admin, acme) == before
    assert public(admin, acme).triage_reason == ""


def test_work_in_progress_goes_on_counting(acme: AwsAccount, admin: User) -> None:
    before = low(admin, acme)
    triage.start_work(admin, public(admin, acme))

    assert public(admin, acme).triage == "in_progress"
    assert low(admin, acme) == before


def test_everything_said_and_decided_is_on_the_timeline(acme: AwsAccount, admin: User) -> None:
    finding = public(admin, acme)
    triage.comment(admin, finding, " Looking into it. ")
    triage.assign(admin, finding, admin)
    triage.start_work(admin, finding, "Ticket 12.")

    said = [e for e in query.build_finding_timeline(scope(admin, acme), finding.finding_id) if e.by == str(admin)]
    assert {(e.kind, e.text) for e in said} == {
        ("comment", "Looking into it."),
        ("assigned", f"Assigned to {admin}."),
        ("state", "In progress. Ticket 12."),
    }
    assert public(admin, acme).assignee_name == admin.username


TRIAGES: list[Callable[[User, FindingRecord], object]] = [
    lambda person, finding: triage.accept_risk(person, finding, "Because.", day(9)),
    lambda person, finding: triage.call_false_positive(person, finding, "Because."),
    triage.start_work,
    triage.reopen,
    lambda person, finding: triage.assign(person, finding, None),
    lambda person, finding: triage.comment(person, finding, "Hm."),
]


@pytest.mark.parametrize("do", TRIAGES)
def test_owners_triage_what_they_own_and_executives_read(
    acme: AwsAccount, admin: User, do: Callable[[User, FindingRecord], object]
) -> None:
    finding = public(admin, acme)
    owner, stranger, executive = user("owner"), user("owner"), user("executive")
    Ownership.objects.create(user=owner, account=acme)
    Ownership.objects.create(user=stranger, account=account(acme.organization))

    do(owner, finding)

    with pytest.raises(Http404):
        do(stranger, finding)
    with pytest.raises(PermissionDenied):
        do(executive, finding)


@pytest.mark.parametrize(
    ("do", "sentence"),
    [
        (lambda p, f: triage.accept_risk(p, f, " ", day(9)), "Write a reason"),
        (lambda p, f: triage.accept_risk(p, f, "Because.", day(0)), "after today, 2026-01-01"),
        (lambda p, f: triage.accept_risk(p, f, "Because.", day(0) + timedelta(days=400)), "within a year"),
        (lambda p, f: triage.call_false_positive(p, f, ""), "Write a reason"),
        (lambda p, f: triage.comment(p, f, "  "), "Write a comment first"),
        (lambda p, f: triage.assign(p, f, user("owner")), "may not see this account"),
    ],
)
def test_bad_input_raises_an_error_that_says_what_to_do(
    acme: AwsAccount, admin: User, do: Callable[[User, FindingRecord], object], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        do(admin, public(admin, acme))
    assert not Triage.objects.exists()


def test_what_does_not_fail_cannot_be_accepted(acme: AwsAccount, admin: User) -> None:
    finding = public(admin, acme)
    sweep_all(acme, 5, Public=False)

    with pytest.raises(ValidationError, match="does not fail now"):
        triage.accept_risk(admin, query.get_finding(scope(admin, acme), finding.finding_id), "Because.", day(9))
