"""The digest: content, recipients, schedule, and no mail twice."""

from __future__ import annotations

import copy
import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from accounts.models import AccountEvent, AwsAccount, Ownership
from posture.core.score import Band
from posture.history.models import AccountSweep
from posture.pages.drift.digest import content, mails, sending
from posture.pages.drift.digest.model import FIRST, DigestLine
from posture.pages.drift.digest.periods import DigestSpan, span_before
from posture.pages.drift.models import DigestChoice, DigestMail
from tests import shared
from tests.tuning import Tune
from tests.web import story
from tests.web.world import World, build

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 8, 7, tzinfo=UTC)
WEEK = DigestSpan("weekly", datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 8, tzinfo=UTC))


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    settings.DEFAULT_FROM_EMAIL = "plumbline@example.com"
    settings.SITE_URL = "https://plumbline.example.com/"


@pytest.fixture(scope="module")
def recorded_week(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with shared.rows(django_db_blocker):
        yield record_week()


@pytest.fixture
def week(recorded_week: World) -> World:
    """A week with volume 1 fixed, volume 3 made failing and a permission lost."""
    return copy.deepcopy(recorded_week)


def record_week() -> World:
    world = build()
    ours, theirs = world.ours.pk, world.theirs.pk
    volumes = [story.volume("vol-1", encrypted=False), story.volume("vol-2", encrypted=True)]
    story.sweep(world, WEEK.since - timedelta(days=3), {ours: volumes, theirs: [story.volume("vol-9", encrypted=True)]})
    fixed = [story.volume("vol-1", encrypted=True), story.volume("vol-2", encrypted=True)]
    story.sweep(world, WEEK.since + timedelta(days=1), {ours: fixed, theirs: [story.volume("vol-9", encrypted=False)]})
    made = [*fixed, story.volume("vol-3", encrypted=False)]
    story.sweep(world, WEEK.since + timedelta(days=2), {ours: made}, (story.DENIED,))
    return world


class Refusing:
    """A mail server that says no in one way or another."""

    def __init__(self, at_open: Exception | None = None, at_send: Exception | None = None) -> None:
        self.at_open, self.at_send = at_open, at_send

    def open(self) -> None:
        if self.at_open:
            raise self.at_open

    def send_messages(self, messages: list[Any]) -> None:
        if self.at_send:
            raise self.at_send

    def close(self) -> None:
        """Nothing is open."""


def html_of(written: EmailMultiAlternatives) -> str:
    ((content, kind),) = written.alternatives
    assert kind == "text/html"
    return str(content)


def test_weeks_and_months_are_whole_ones_that_have_ended() -> None:
    assert span_before("weekly", MONDAY) == WEEK
    assert span_before("weekly", WEEK.until) == WEEK
    assert span_before("weekly", WEEK.until - timedelta(seconds=1)).until == WEEK.since
    january = span_before("monthly", datetime(2026, 2, 28, 3, tzinfo=UTC))
    assert (january.since.month, january.until.month, january.words) == (1, 2, "January 2026")
    assert january.before.words == "December 2025"
    assert WEEK.words == "the week from 1 to 7 June 2026"
    assert span_before("weekly", datetime(2026, 1, 6, tzinfo=UTC)).words == (
        "the week from 29 December 2025 to 4 January 2026"
    )


def test_a_mail_says_what_got_worse_better_and_invisible(week: World) -> None:
    written = mails.message(week.owner, mails.digest_for(week.owner, week.organization, WEEK))
    html = html_of(written)
    for text in (written.body, html):
        assert "https://plumbline.example.com/drift/?org=" in text
        assert "payments: AWS::EC2::Snapshot" in text
        assert "ec2:DescribeSnapshots failed with UnauthorizedOperation" in text
        assert "fixed on 1 resource in 1 account" in text
        assert "began to fail on 1 resource in 1 account" in text
        assert "/drift/digest/settings/" in text
    assert written.to == ["olga@example.com"]
    assert "Northwind: " in written.subject
    assert "\n" not in written.subject


def test_a_mail_begins_with_its_sentence_and_three_things_that_lead_into_the_scope(week: World) -> None:
    about = mails.digest_for(week.executive, week.organization, WEEK)
    written = mails.message(week.executive, about)
    assert written.body.splitlines()[0] == about.headline
    assert about.headline.endswith(": 3 things got worse, 1 got better and 1 became invisible.")
    assert 1 <= len(about.first) <= FIRST
    assert about.first[0] == about.worse.lines[0]
    assert about.invisible.lines[0] in about.first
    assert about.headline in html_of(written)
    for line in about.first:
        assert f"org={week.organization.pk}&since=2026-05-31&until=2026-06-07" in line.path


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Band(85.0, 90), Band(85.3, 90), "The score rose by 0.3 to 85.3"),
        (Band(85.3, 90), Band(85.0, 90), "The score fell by 0.3 to 85.0"),
        (Band(85.0, 90), Band(85.01, 90), "The score stayed at 85.0"),
        (None, Band(85.0, 90), "The score is 85.0; there was none before"),
        (None, None, "There is no score yet"),
    ],
)
def test_the_sentence_says_how_the_score_moved(
    week: World, before: Band | None, after: Band | None, words: str
) -> None:
    about = mails.digest_for(week.owner, week.organization, WEEK)
    moved = replace(about, bridge=replace(about.bridge, before=before, after=after))
    assert moved.headline.startswith(f"{words}: 3 things got worse")
    quiet = replace(about.worse, lines=[], more=0)
    assert replace(moved, worse=quiet, better=quiet, invisible=quiet).headline == f"{words}, and nothing else changed."


def test_lines_name_the_resources_and_lead_to_them(week: World) -> None:
    scope = mails.scope_for(week.owner, week.organization, WEEK)
    found = content.digest(scope, WEEK)
    named = [one for line in (*found.worse.lines, *found.better.lines) for one in line.named]
    assert named
    text = str(mails.message(week.owner, mails.digest_for(week.owner, week.organization, WEEK)).body)
    for words, path in named:
        assert words.endswith(" in payments")
        assert path.startswith("/findings/")
        assert words in text


def test_the_subject_says_of_the_score_what_the_two_scores_do(week: World) -> None:
    about = mails.digest_for(week.owner, week.organization, WEEK)
    for before, after, said in [(85.16, 85.53, "+0.3"), (85.53, 85.16, "\N{MINUS SIGN}0.3"), (85.21, 85.22, "±0")]:
        bridge = replace(about.bridge, before=Band(before, 90), after=Band(after, 90))
        assert f", score {said} in the week" in replace(about, bridge=bridge).subject


def test_an_owners_mail_knows_nothing_of_other_accounts(week: World) -> None:
    week.theirs.name = "secret-project"
    week.theirs.save()
    owners = mails.message(week.owner, mails.digest_for(week.owner, week.organization, WEEK))
    strangers = mails.message(week.stranger, mails.digest_for(week.stranger, week.organization, WEEK))
    executives = mails.message(week.executive, mails.digest_for(week.executive, week.organization, WEEK))
    for text in (owners.subject, owners.body, html_of(owners)):
        assert "secret-project" not in text
        assert week.theirs.account_id not in text
    assert "payments" not in strangers.body
    assert "DescribeSnapshots" not in strangers.body
    assert "began to fail on 2 resources in 2 accounts" in executives.body


def test_what_aws_says_is_escaped_in_html_and_plain_in_text(week: World) -> None:
    AwsAccount.objects.filter(pk=week.ours.pk).update(name="<b>pay\nments</b>")
    written = mails.message(week.owner, mails.digest_for(week.owner, week.organization, WEEK))
    assert "<b>pay" not in html_of(written)
    assert "<b>pay" in written.body


def test_each_person_gets_one_mail_however_often_it_is_looked(week: World) -> None:
    assert sending.run(MONDAY) == 4
    assert {tuple(one.to) for one in mail.outbox} == {
        (f"{name}@example.com",) for name in ("olga", "otto", "eva", "ada")
    }
    assert sending.run(MONDAY + timedelta(minutes=5)) == 0
    assert sending.run(MONDAY + timedelta(hours=5)) == 0
    assert len(mail.outbox) == 4
    assert set(DigestMail.objects.values_list("state", flat=True)) == {"sent"}


def test_a_run_that_takes_long_leaves_the_rest_to_the_next(week: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(sending, "SECONDS_AT_ONCE", 0)
    assert [sending.run(MONDAY) for _ in range(5)] == [1, 1, 1, 1, 0]
    assert len({one.to[0] for one in mail.outbox}) == 4


@pytest.mark.parametrize("hours", [-3, 80])
def test_it_waits_for_the_last_sweeps_and_brings_no_old_news(week: World, hours: int) -> None:
    assert sending.run(MONDAY + timedelta(hours=hours)) == 0
    assert not DigestMail.objects.exists()


def test_people_choose_how_often(week: World) -> None:
    DigestChoice.objects.create(user=week.owner, every="never")
    DigestChoice.objects.create(user=week.stranger, every="monthly")
    assert sending.run(MONDAY) == 2
    assert sending.run(datetime(2026, 7, 1, 7, tzinfo=UTC)) == 1
    assert mail.outbox[-1].to == ["otto@example.com"]


def test_nothing_goes_without_a_server_an_address_or_news(week: World, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    assert sending.run(MONDAY) == 0
    assert not DigestMail.objects.exists()
    settings.EMAIL_HOST = "mail.example.com"
    type(week.owner).objects.exclude(pk=week.owner.pk).update(email="")
    nothing_new = [story.volume("vol-1", encrypted=True), story.volume("vol-2", encrypted=True),
                   story.volume("vol-3", encrypted=False)]  # fmt: skip
    later = MONDAY + timedelta(days=7)
    story.sweep(week, later - timedelta(days=2), {week.ours.pk: nothing_new}, (story.DENIED,))
    assert sending.run(later) == 0
    assert list(DigestMail.objects.values_list("user__username", "state")) == [("olga", "empty")]


def test_a_week_without_a_sweep_is_no_quiet_week(week: World) -> None:
    later = MONDAY + timedelta(days=7)
    assert sending.run(later) == 4
    assert all("No sweep was completed in the week from 8 to 14 June 2026" in str(one.body) for one in mail.outbox)


def test_accounts_that_were_suspended_or_left_became_invisible_to_those_who_may_see_them(week: World) -> None:
    def happened(account: AwsAccount, kind: str, at: datetime) -> None:
        AccountEvent.objects.create(account=account, kind=kind, at=at)

    tuesday = WEEK.since + timedelta(days=1)
    happened(week.ours, "suspended", WEEK.since - timedelta(days=1))
    happened(week.theirs, "left", tuesday)
    happened(week.ours, "reinstated", tuesday)
    chapter = mails.digest_for(week.executive, week.organization, WEEK).invisible
    assert [line.text for line in chapter.lines if "account" in line.text] == [
        "1 account left the organization: playground on 2 Jun 2026"
    ]
    assert not any("playground" in line.text for line in owner_lines(week))
    happened(week.ours, "suspended", tuesday + timedelta(days=1))
    assert owner_lines(week)[0].text == "1 account suspended: payments on 3 Jun 2026"
    assert f"/accounts/{week.ours.account_id}/" in owner_lines(week)[0].path


def owner_lines(week: World) -> Sequence[DigestLine]:
    return mails.digest_for(week.owner, week.organization, WEEK).invisible.lines


def test_whoever_wants_both_gets_weeks_and_months(week: World) -> None:
    DigestChoice.objects.create(user=week.owner, every="both")
    type(week.owner).objects.exclude(pk=week.owner.pk).update(email="")
    assert [sending.run(MONDAY), sending.run(datetime(2026, 7, 1, 7, tzinfo=UTC))] == [1, 1]
    assert list(DigestMail.objects.order_by("since", "-every").values_list("every", "state")) == [
        ("weekly", "sent"), ("monthly", "sent"),
    ]  # fmt: skip


def test_an_account_that_no_sweep_asked_is_named_to_those_who_may_see_it(week: World) -> None:
    AwsAccount.objects.filter(pk=week.theirs.pk).update(name="secret-project", joined_at=WEEK.since)
    story.sweep(week, MONDAY + timedelta(days=1), {week.ours.pk: []})
    span = DigestSpan("weekly", WEEK.until, WEEK.until + timedelta(days=7))
    lines = {
        user.username: [line.text for line in mails.digest_for(user, week.organization, span).invisible.lines]
        for user in (week.owner, week.stranger)
    }
    assert not any("not swept" in text for text in lines["olga"])
    assert lines["otto"] == ["1 account not swept: secret-project"]


def test_a_simulated_organization_writes_to_nobody(week: World) -> None:
    week.organization.is_simulated = True
    week.organization.save()
    assert sending.run(MONDAY) == 0


def test_a_refused_mail_is_tried_again_later_and_at_last_given_up(week: World, monkeypatch: Any) -> None:
    type(week.owner).objects.exclude(pk=week.owner.pk).update(email="")
    refusing = Refusing(at_open=ConnectionRefusedError("no"))
    monkeypatch.setattr(mails, "get_connection", lambda: refusing)
    now = MONDAY
    assert sending.run(now) == 0
    first = DigestMail.objects.get()
    assert (first.state, first.attempts, first.next_try_at) == ("failed", 1, now + timedelta(minutes=5))
    assert "could not be reached" in first.error
    assert sending.run(now + timedelta(minutes=4)) == 0
    assert DigestMail.objects.get().attempts == 1
    for _ in range(sending.ATTEMPTS):
        now += timedelta(hours=5)
        sending.run(now)
    last = DigestMail.objects.get()
    assert (last.state, last.attempts, last.next_try_at) == ("failed", sending.ATTEMPTS, None)
    monkeypatch.undo()
    assert sending.run(now + timedelta(hours=5)) == 0


def test_a_refused_mail_that_gets_through_later_is_sent_once(week: World, monkeypatch: Any) -> None:
    type(week.owner).objects.exclude(pk=week.owner.pk).update(email="")
    with monkeypatch.context() as patch:
        patch.setattr(mails, "get_connection", lambda: Refusing(at_send=smtplib.SMTPDataError(451, b"later")))
        assert sending.run(MONDAY) == 0
    assert DigestMail.objects.get().error == "The mail server answered 451."
    assert sending.run(MONDAY + timedelta(minutes=6)) == 1
    assert sending.run(MONDAY + timedelta(minutes=60)) == 0
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("error", [smtplib.SMTPServerDisconnected("gone"), TimeoutError()])
def test_a_mail_that_may_have_left_is_never_sent_again(week: World, monkeypatch: Any, error: Exception) -> None:
    type(week.owner).objects.exclude(pk=week.owner.pk).update(email="")
    with monkeypatch.context() as patch:
        patch.setattr(mails, "get_connection", lambda: Refusing(at_send=error))
        assert sending.run(MONDAY) == 0
    assert DigestMail.objects.get().state == "unsure"
    assert sending.run(MONDAY + timedelta(hours=9)) == 0
    assert mail.outbox == []


def test_a_mail_whose_worker_died_is_never_sent_again(week: World) -> None:
    type(week.owner).objects.exclude(pk=week.owner.pk).update(email="")
    sending.enter(MONDAY)
    DigestMail.objects.update(state="sending", claimed_at=MONDAY)
    assert sending.run(MONDAY + timedelta(minutes=5)) == 0
    assert DigestMail.objects.get().state == "sending"
    assert sending.run(MONDAY + timedelta(minutes=20)) == 0
    assert DigestMail.objects.get().state == "unsure"
    assert mail.outbox == []


def test_a_digest_that_cannot_be_written_keeps_no_other_from_leaving(week: World, monkeypatch: Any) -> None:
    real = mails.digest_for

    def broken(user: Any, *rest: Any) -> Any:
        if user == week.owner:
            raise ZeroDivisionError
        return real(user, *rest)

    monkeypatch.setattr(mails, "digest_for", broken)
    assert sending.run(MONDAY) == 3
    assert DigestMail.objects.get(user=week.owner).state == "failed"


def test_who_lost_their_accounts_meanwhile_gets_nothing(week: World) -> None:
    sending.enter(MONDAY)
    Ownership.objects.filter(user=week.owner).delete()
    sending.run(MONDAY)
    assert "olga@example.com" not in {one.to[0] for one in mail.outbox}


def test_the_page_has_the_same_content_and_leads_to_earlier_ones(week: World, client: Client) -> None:
    client.force_login(week.owner)
    text = client.get(reverse("drift:digest"), {"every": "weekly", "end": "2026-06-08"}).content.decode()
    assert "Digest of the week from 1 to 7 June 2026" in text
    about = mails.digest_for(week.owner, week.organization, WEEK)
    assert f"<h1>{about.headline}</h1>" in text
    assert text.index("Look at these") < text.index("What got worse</h2>")
    assert "payments: AWS::EC2::Snapshot" in text
    assert "Previous</a>" in text
    assert "Next<svg" in text
    first = client.get(reverse("drift:digest"), {"every": "weekly", "end": "2026-06-01"}).content.decode()
    assert "Previous</a>" not in first
    preview = client.get(reverse("drift:digest_mail"), {"every": "weekly", "end": "2026-06-08"}).content.decode()
    assert "As it goes to olga@example.com" in preview
    assert "WHAT BECAME INVISIBLE" in preview
    assert " style=" not in preview, "the site's content security policy forbids it"
    empty = client.get(reverse("drift:digest"), {"end": "2026-01-05"}).content.decode()
    assert "There is no digest yet" in empty
    odd = client.get(reverse("drift:digest"), {"end": "soon"}).content.decode()
    assert "was not understood as a date" in odd


def test_a_person_chooses_and_sees_what_became_of_the_last_ones(week: World, client: Client) -> None:
    client.force_login(week.owner)
    DigestMail.objects.create(
        user=week.owner, organization=week.organization, every="weekly", since=WEEK.since, until=WEEK.until,
        state="failed", error="The mail server answered 550.",
    )  # fmt: skip
    response = client.post(reverse("drift:digest_settings"), {"every": "monthly"}, follow=True)
    assert "Saved: every month." in response.content.decode()
    assert "The mail server answered 550." in response.content.decode()
    assert DigestChoice.objects.get(user=week.owner).every == "monthly"
    wrong = client.post(reverse("drift:digest_settings"), {"every": "hourly"}).content.decode()
    assert "hourly is not one of the available choices" in wrong
    assert DigestChoice.objects.get(user=week.owner).every == "monthly"


def test_admins_see_what_became_of_all(week: World, client: Client) -> None:
    sending.run(MONDAY)
    client.force_login(week.admin)
    text = client.get(reverse("drift:digest_mails")).content.decode()
    assert all(name in text for name in ("olga", "otto", "eva", "ada"))
    client.force_login(week.executive)
    assert client.get(reverse("drift:digest_mails")).status_code == 403


def test_more_accounts_take_no_more_queries(week: World, django_assert_max_num_queries: Any) -> None:
    week.add_accounts(8)
    more = AwsAccount.objects.exclude(pk__in=[week.ours.pk, week.theirs.pk])
    everywhere = {one.pk: [story.volume(f"vol-{one.pk}", encrypted=False)] for one in more}
    story.sweep(week, WEEK.since + timedelta(days=4), everywhere)
    with django_assert_max_num_queries(25):
        mails.digest_for(week.executive, week.organization, WEEK)


def test_what_is_kept_of_many_accounts_says_what_is_read_and_no_more_than_may_be_seen(
    week: World, tune: Tune, django_assert_max_num_queries: Any
) -> None:
    def written() -> dict[str, str]:
        people = (week.owner, week.stranger, week.executive)
        sent = [mails.message(one, mails.digest_for(one, week.organization, WEEK)) for one in people]
        return {one.username: str(each.body) for one, each in zip(people, sent, strict=True)}

    read = written()
    tune(cached_scope_min_accounts=0)
    scope = mails.scope_for(week.executive, week.organization, WEEK)
    with django_assert_max_num_queries(11):
        first = content.digest(scope, WEEK)
    with django_assert_max_num_queries(3):
        assert content.digest(scope, WEEK) == first
    assert [written(), written()] == [read, read]
    one_day = replace(WEEK, since=WEEK.until - timedelta(days=1))
    assert not content.digest(scope, one_day).worse.lines
    # Settings that belong to no sweep show at once, as does whatever is recorded late.
    AwsAccount.objects.filter(pk=week.theirs.pk).update(joined_at=WEEK.since)
    AccountSweep.objects.filter(account=week.theirs).delete()
    assert "1 account not swept: playground" in written()["otto"]
    story.sweep(week, WEEK.since + timedelta(days=3), {week.theirs.pk: [story.volume("vol-9", encrypted=True)]})
    assert "fixed on 1 resource" not in read["otto"]
    assert "fixed on 1 resource" in written()["otto"]
