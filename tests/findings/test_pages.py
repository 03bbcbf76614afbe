"""The pages of findings: list, finding, check and decisions."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from posture.core.check import denied
from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.history.models import FindingNote, FindingRecord, Triage
from posture.pages.findings.queries import ELSEWHERE
from posture.web.templatetags.marks import UNSWEPT
from tests.findings.samples import AT, LATER, VOLUME, a_finding, record, record_examples, volume
from tests.tuning import Tune
from tests.web.world import World

LIST = "/findings/"
CHECK = "ec2_volume_encrypted"


@pytest.fixture
def admin(world: World, client: Client) -> Client:
    client.force_login(world.admin)
    return client


def rows(response: Any) -> list[Any]:
    return [row.record for row in response.context["table"].paginated_rows]


def html(client: Client, url: str, **query: Any) -> str:
    """Return a page with its white space as a browser shows it."""
    response = client.get(url, query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def detail(finding_id: int) -> str:
    return reverse("findings:detail", kwargs={"finding_id": finding_id})


def decide(client: Client, finding_id: int, decision: str, **fields: str) -> Any:
    url = reverse("findings:triage", kwargs={"finding_id": finding_id})
    return client.post(url, {"decision": decision, **{f"{decision}-{name}": value for name, value in fields.items()}})


def test_one_line_for_each_check_with_how_far_a_fix_reaches(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2"), volume("vol-3", encrypted=denied("ec2:DescribeVolumes"))])
    record(world.theirs, [volume("vol-4")])
    response = admin.get(LIST)
    [row] = [row for row in rows(response) if row["check_id"] == CHECK]
    assert (row["failed"], row["unknown"], row["accounts"], row["resources"]) == (3, 1, 2, 4)
    assert "4 EBS volumes in payments, playground" in response.content.decode()


def test_a_single_check_is_shown_one_by_one(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2")])
    assert {row.resource_name for row in rows(admin.get(LIST, {"check": CHECK}))} == {"vol-1", "vol-2"}
    assert len(rows(admin.get(LIST, {"group": "none"}))) >= 2


def test_filters_by_severity_status_practice_and_account(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-3", encrypted=denied("ec2:DescribeVolumes"))])
    record(world.theirs, [volume("vol-4")])

    def names(**query: str) -> set[str]:
        return {row.resource_name for row in rows(admin.get(LIST, {"check": CHECK, **query}))}

    assert names(status="fail") == {"vol-1", "vol-4"}
    assert names(status="unknown") == {"vol-3"}
    assert names(severity="3", within=world.theirs.account_id) == {"vol-4"}
    assert names(severity="nonsense") == set()
    assert names(status="nonsense", triage="nonsense") == set()
    assert names(practice="encryption") == {"vol-1", "vol-3", "vol-4"}
    assert names(practice="iam") == set()
    assert names(data="internal") == {"vol-1", "vol-3", "vol-4"}
    assert names(data="pii") == set()


def test_facets_count_findings(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-3", encrypted=denied("ec2:DescribeVolumes"))])
    facets = {one.name: one for one in admin.get(LIST, {"check": CHECK}).context["filters"].facets()}
    counts = {name: {one.value: one.count for one in facet.choices} for name, facet in facets.items()}
    assert counts["status"] == {"fail": 1, "unknown": 1}
    assert counts["practice"]["encryption"] == 2
    assert counts["data"] == {"internal": 2}
    assert counts["within"] == {world.ours.account_id: 2}


def test_what_was_not_seen_since_is_stale_and_still_there(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1")])
    refused = Gap(
        "", "eu-central-1", VOLUME, "ec2:DescribeVolumes", GapReason.DENIED, "AccessDenied", "no", "Allow it."
    )
    record(world.ours, [], LATER, [refused])
    [row] = rows(admin.get(LIST, {"check": CHECK, "status": "stale"}))
    assert row.stale_since == LATER
    page = html(admin, detail(row.finding_id))
    assert "Not seen since 1 Jun 2026" in page
    assert "as last known" in page


def test_findings_in_an_account_that_no_sweep_asks_any_more_say_so(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1")])
    assert UNSWEPT not in html(admin, LIST, check=CHECK)
    world.ours.state = "SUSPENDED"
    world.ours.save()
    assert f'title="{UNSWEPT}">Suspended</span>' in html(admin, LIST, check=CHECK)
    assert "Suspended now</span>" in html(admin, LIST, check=CHECK, as_of="2026-05-10")


def test_the_export_is_one_line_for_each_finding(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2")])
    answer = admin.get(LIST, {"export": "csv", "check": CHECK})
    head, *lines = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert head[:6] == ["Severity", "Check", "Problem", "Resource", "Why", "Account"]
    assert {tuple(line[1:3]) for line in lines} == {(CHECK, "EBS volume is not encrypted")}
    assert len(lines) == 2
    every = admin.get(LIST, {"export": "csv", "group": "none"}).getvalue().decode()
    assert len(list(csv.reader(io.StringIO(every)))) == len(lines) + 1


def test_a_finding_says_what_why_and_how(world: World, admin: Client) -> None:
    page = html(admin, detail(a_finding(world)))
    assert "<h1>EBS volume is not encrypted</h1> <p>The volume is not encrypted.</p>" in page
    assert "<title>vol-0123456789abcdef0: EBS volume is not encrypted" in page
    assert 'class=" pl-decides" ><span class="visually-hidden">decides: </span> &quot;Encrypted&quot;: false' in page
    assert "aws ec2 create-snapshot --region eu-central-1 --volume-id vol-0123456789abcdef0" in page
    assert "https://console.aws.amazon.com/go/view?arn=arn%3Aaws%3Aec2" in page
    assert "/practices/encryption/" in page
    assert "/practices/framework/aws_fsbp/#EC2.3" in page
    assert "by the first sweep of all" in page


def test_an_unknown_finding_says_that_it_could_not_be_checked(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1", encrypted=denied("ec2:DescribeVolumes"))])
    finding = FindingRecord.objects.get(check_id=CHECK)
    name = "Could not check: EBS volume is encrypted"
    assert f"<h1>{name}</h1>" in html(admin, detail(finding.finding_id))
    assert name in html(admin, LIST, group="check", status="unknown")
    assert "EBS volume is not encrypted" not in html(admin, LIST, group="none")
    head, *lines = list(csv.reader(io.StringIO(admin.get(LIST, {"export": "csv", "check": CHECK}).getvalue().decode())))
    assert [line[head.index("Problem")] for line in lines] == [name]


def test_a_group_with_any_failure_is_called_by_the_problem(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2", encrypted=denied("ec2:DescribeVolumes"))])
    page = html(admin, LIST, group="check")
    assert "EBS volume is not encrypted" in page
    assert "Could not check: EBS volume is encrypted" not in page


@pytest.mark.parametrize("as_of", [{}, {"as_of": "2026-05-10"}])
@pytest.mark.parametrize("words", ["volume is encrypted", "not encrypted", "EBS volume is NOT encrypted"])
def test_search_finds_the_words_of_title_and_problem(
    world: World, admin: Client, words: str, as_of: dict[str, str]
) -> None:
    record(world.ours, [volume("a", encrypted=denied("ec2:DescribeVolumes"))])
    found = rows(admin.get(LIST, {"q": words, "group": "none", **as_of}))
    assert CHECK in {row.check_id for row in found}
    exported = admin.get(LIST, {"q": words, "export": "csv", **as_of}).getvalue().decode()
    assert len(list(csv.reader(io.StringIO(exported)))) == len(found) + 1


def test_a_check_shows_the_rule_and_the_problem(world: World, admin: Client) -> None:
    page = html(admin, f"/findings/check/{CHECK}/")
    assert "<h1>EBS volume is encrypted</h1> <p>Where it fails: EBS volume is not encrypted</p>" in page


def test_in_a_simulation_no_link_leads_to_the_console(world: World, admin: Client) -> None:
    finding_id = a_finding(world)
    world.organization.is_simulated = True
    world.organization.save()
    page = html(admin, detail(finding_id))
    assert "console.aws.amazon.com" not in page
    # A simulation's time is that of its last sweep: a finding that opened with it is drawn, though no time has passed.
    assert "Fails, under a minute" in page or "Fails, since before" in page


def test_aws_text_is_escaped(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1", Note="</code><script>alert(1)</script>")])
    finding_id = FindingRecord.objects.get(check_id=CHECK).finding_id
    assert "<script>alert" not in html(admin, detail(finding_id))


def test_a_resolved_finding_shows_how_it_was(world: World, admin: Client) -> None:
    finding_id = a_finding(world)
    record(world.ours, [volume("vol-0123456789abcdef0", encrypted=True)], LATER)
    page = html(admin, detail(finding_id))
    assert "Resolved on 1 Jun 2026" in page
    assert "&quot;Encrypted&quot;: false" in page
    assert "&quot;Encrypted&quot;: true" not in page
    assert not rows(admin.get(LIST, {"check": CHECK}))
    assert [row.finding_id for row in rows(admin.get(LIST, {"check": CHECK, "as_of": "2026-05-10"}))] == [finding_id]


@pytest.mark.parametrize("large", [0, 50])
def test_a_finding_names_the_others_of_its_check(world: World, admin: Client, tune: Tune, large: int) -> None:
    tune(cached_scope_min_accounts=large)
    names = {f"vol-{number}" for number in range(ELSEWHERE + 2)}
    record(world.ours, [volume(name) for name in names])
    fixed = FindingRecord.objects.get(check_id=CHECK, resource_name="vol-0").finding_id
    record(world.ours, [volume(name, encrypted=name == "vol-0") for name in names], LATER)
    for finding in [*rows(admin.get(LIST, {"check": CHECK})), FindingRecord.objects.get(finding_id=fixed)]:
        context = admin.get(detail(finding.finding_id)).context
        others = {each.resource_name for each in context["others"]}
        assert context["others_number"] == len(names - {"vol-0", finding.resource_name})
        assert len(others) == ELSEWHERE
        assert others <= names - {"vol-0", finding.resource_name}
    then = admin.get(detail(fixed), {"as_of": "2026-05-10"}).context
    assert then["others_number"] == len(names) - 1


def test_before_it_was_there_a_finding_says_so(world: World, admin: Client, client: Client) -> None:
    finding_id = a_finding(world)
    page = html(admin, detail(finding_id), as_of="2026-04-01")
    assert "was not there yet on 1 Apr 2026" in page
    assert "4 May 2026" in page
    client.force_login(world.stranger)
    assert client.get(detail(finding_id), {"as_of": "2026-04-01"}).status_code == 404


def test_what_is_new_since_the_date_compared_with_is_counted(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1")])
    record(world.ours, [volume("vol-1"), volume("vol-2")], LATER)
    counts = {
        since: next(row["fresh"] for row in rows(admin.get(LIST, {"compare": since})) if row["check_id"] == CHECK)
        for since in ("2026-05-10", "2026-06-10")
    }
    assert counts == {"2026-05-10": 1, "2026-06-10": 0}


def test_where_else_and_who_else(world: World, admin: Client) -> None:
    one = volume("vol-0123456789abcdef0")
    arn = "arn:aws:securityhub:eu-central-1:222222222222:finding/1"
    hub = {"Title": "Encrypt", "ResourceIds": [one.arn], "SecurityControlId": "EC2.3", "ProductName": "Security Hub"}
    said = Resource("AWS::SecurityHub::Finding", arn, "", "eu-central-1", "EBS volumes should be encrypted", hub)
    record(world.ours, [one, volume("vol-2"), said])
    finding_id = FindingRecord.objects.get(check_id=CHECK, resource_arn=one.arn).finding_id
    response = admin.get(detail(finding_id))
    assert [other.resource_name for other in response.context["others"]] == ["vol-2"]
    assert [(each.title, each.agrees) for each in response.context["corroborating"]] == [(said.name, True)]


def test_accepting_a_risk_sets_it_aside_until_its_day(world: World, admin: Client) -> None:
    finding_id = a_finding(world)
    until = (FindingRecord.objects.get(finding_id=finding_id).opened_at + timedelta(days=3650)).date()
    refused = decide(admin, finding_id, "accept", reason="Old and walled in.", expires_at=until.isoformat())
    assert refused.status_code == 422
    assert "within a year" in refused.content.decode()
    assert "Old and walled in." in refused.content.decode()
    assert not Triage.objects.exists()

    until = (timezone.now() + timedelta(days=30)).date()
    assert decide(admin, finding_id, "accept", reason="Old.", expires_at=until.isoformat()).status_code == 302
    assert Triage.objects.get(finding_id=finding_id).state == "accepted"
    assert not rows(admin.get(LIST, {"check": CHECK}))
    assert len(rows(admin.get(LIST, {"check": CHECK, "triage": "accepted"}))) == 1
    assert "1 accepted risk is set aside" in html(admin, LIST)
    assert decide(admin, finding_id, "reopen").status_code == 302
    assert len(rows(admin.get(LIST, {"check": CHECK}))) == 1


def test_every_decision_is_in_the_timeline(world: World, admin: Client) -> None:
    finding_id = a_finding(world)
    for name, fields in {
        "comment": {"text": "Who owns this?"},
        "start": {"reason": "Copying it."},
        "assign": {"assignee": str(world.owner.pk)},
        "false_positive": {"reason": "It is a test."},
    }.items():
        assert decide(admin, finding_id, name, **fields).status_code == 302, name
    page = html(admin, detail(finding_id))
    for said in ("Who owns this?", "Copying it.", "Assigned to olga.", "It is a test.", "False positive"):
        assert said in page


def test_a_decision_needs_its_words(world: World, admin: Client) -> None:
    finding_id = a_finding(world)
    for name in ("comment", "accept", "false_positive"):
        assert decide(admin, finding_id, name).status_code == 422
    assert decide(admin, finding_id, "delete").status_code == 404
    assert not FindingNote.objects.exists()


def test_only_who_may_see_the_account_can_be_given_it(world: World, admin: Client) -> None:
    finding_id = a_finding(world)
    assert decide(admin, finding_id, "assign", assignee=str(world.stranger.pk)).status_code == 422
    offered = admin.get(detail(finding_id)).context["decisions"]["assign"].fields["assignee"].queryset
    assert {user.username for user in offered} == {"ada", "olga"}


def test_executives_read_and_are_offered_nothing(world: World, client: Client) -> None:
    finding_id = a_finding(world)
    client.force_login(world.executive)
    page = html(client, detail(finding_id))
    assert "you can read them" in page
    assert "decision-accept" not in page
    assert decide(client, finding_id, "start").status_code == 403
    assert "select" not in [column.name for column in client.get(LIST, {"check": CHECK}).context["table"].columns]


def test_nothing_is_decided_in_the_past(world: World, admin: Client) -> None:
    finding_id = a_finding(world)
    record(world.ours, [volume("vol-0123456789abcdef0")], LATER)
    url = reverse("findings:triage", kwargs={"finding_id": finding_id})
    answer = admin.post(f"{url}?as_of=2026-05-10", {"decision": "start"})
    assert answer.status_code == 422
    assert not Triage.objects.exists()


def test_several_are_decided_at_once_or_none(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2"), volume("vol-3", encrypted=denied("ec2:DescribeVolumes"))])
    found = {row.resource_name: row.finding_id for row in FindingRecord.objects.filter(check_id=CHECK)}
    url = reverse("findings:triage_many")
    assert "Triage 2 findings" in admin.post(url, {"finding": [found["vol-1"], found["vol-2"]]}).content.decode()

    until = (timezone.now() + timedelta(days=30)).date().isoformat()
    sent = {"decision": "accept", "accept-reason": "Walled in.", "accept-expires_at": until}
    mixed = admin.post(url, {**sent, "finding": [found["vol-1"], found["vol-3"]]})
    assert mixed.status_code == 422
    assert "Only a finding that fails can be accepted" in mixed.content.decode()
    assert not Triage.objects.exists()
    assert admin.post(url, {**sent, "finding": [found["vol-1"], found["vol-2"]]}).status_code == 302
    assert set(Triage.objects.values_list("finding_id", "state")) == {
        (found["vol-1"], "accepted"),
        (found["vol-2"], "accepted"),
    }


def test_another_owners_findings_cannot_be_selected(world: World, client: Client) -> None:
    finding_id = a_finding(world)
    client.force_login(world.stranger)
    client.post(reverse("findings:triage_many"), {"finding": [finding_id], "decision": "start"})
    assert not Triage.objects.exists()


def test_a_check_shows_its_results_and_its_examples(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2", encrypted=True)])
    response = admin.get(reverse("findings:check", kwargs={"check_id": CHECK}))
    status = response.context["status"]
    assert (status.passed, status.failed) == (1, 1)
    assert {one.status for one in response.context["examples"]} == {"pass", "fail", "unknown"}
    assert admin.get(reverse("findings:check", kwargs={"check_id": "no_such"})).status_code == 404


@pytest.mark.parametrize("where", ["list", "flat", "detail", "check"])
def test_the_number_of_queries_does_not_grow(
    where: str, world: World, admin: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    record(world.ours, [volume(f"vol-{number}") for number in range(10)])
    finding_id = FindingRecord.objects.filter(check_id=CHECK)[0].finding_id
    url = {
        "list": LIST,
        "flat": f"{LIST}?group=none",
        "detail": detail(finding_id),
        "check": reverse("findings:check", kwargs={"check_id": CHECK}),
    }[where]
    admin.get(url)  # what is cached once a process is not counted
    cache.clear()  # as the first reader after a sweep, both times
    with django_assert_max_num_queries(100) as few:
        admin.get(url)
    record(world.ours, [volume(f"vol-{number}") for number in range(40)], AT + timedelta(days=1))
    with django_assert_max_num_queries(len(few.captured_queries)):
        admin.get(url)


def test_the_empty_states(world: World, admin: Client) -> None:
    assert "Nothing has been swept yet: nothing is known here" in html(admin, LIST)
    record(world.ours, [volume("vol-1", encrypted=True)])
    assert "Nothing is wrong here, as far as we could see" in html(admin, LIST)
    world.organization.delete()
    assert "No accounts yet" in html(admin, LIST)
    assert "There is nothing here that it judges" in html(admin, f"/findings/check/{CHECK}/")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible(
    theme: str, transactional_db: None, log_in: Callable[[Any], Page], live: str, axe: Callable[[Page], None]
) -> None:
    from tests.web.world import build

    world = build()
    record_examples(world.ours)
    page = log_in(world.admin)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    unknown = FindingRecord.objects.filter(status="unknown")[0]
    failing = FindingRecord.objects.get(resource_name="s3-bucket-not-public-4", check_id="s3_bucket_not_public")
    check = "/findings/check/s3_bucket_not_public/"
    for path in (LIST, f"{LIST}?group=none", detail(failing.finding_id), detail(unknown.finding_id), check):
        page.goto(live + path)
        axe(page)


def test_choosing_a_check_changes_the_heading_and_offers_to_decide(
    transactional_db: None, log_in: Callable[[Any], Page], live: str
) -> None:
    from tests.web.world import build

    world = build()
    record(world.ours, [volume("vol-1"), volume("vol-2")])
    page = log_in(world.admin)
    page.goto(live + LIST)
    page.locator("#filter-menu > summary").click()
    page.locator("#facet-check summary").click()
    page.locator(f'#facet-check input[value="{CHECK}"]').check()
    page.get_by_role("heading", name="EBS volume is not encrypted").wait_for()
    page.get_by_label("Select vol-1").check()
    page.get_by_role("button", name="Decide on the selected").click()
    page.get_by_role("heading", name="Triage 1 finding").wait_for()
    page.get_by_text("Start work").click()
    page.get_by_label("What is being done").fill("Copying it.")
    page.get_by_role("button", name="Mark as in progress").click()
    page.get_by_text("Done: mark as in progress.").wait_for()
    assert [one.state for one in Triage.objects.all()] == ["in_progress"]


def test_a_comment_appears_without_a_new_page(transactional_db: None, log_in: Callable[[Any], Page], live: str) -> None:
    from tests.web.world import build

    world = build()
    finding_id = a_finding(world)
    page = log_in(world.owner)
    page.goto(live + detail(finding_id))
    page.locator("summary", has_text="Comment").click()
    page.get_by_role("textbox", name="Comment").fill("<b>Mine</b>")
    page.get_by_role("button", name="Comment").click()
    page.get_by_role("status").filter(has_text="Done: comment.").wait_for()
    expect(page.locator(".pl-timeline").get_by_text("<b>Mine</b>")).to_be_visible()
    assert page.url == live + detail(finding_id)
