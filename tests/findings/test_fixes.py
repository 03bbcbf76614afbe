"""The list by fix: reach, time limit and points of each row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from posture.checks import all_checks
from posture.core.check import denied
from posture.core.outcome import Severity
from posture.history import query as query_module
from posture.history import triage
from posture.history.models import FindingRecord
from posture.history.scope import Scope
from posture.pages.findings.fixes import MEMBERS, deadline
from posture.pages.findings.names import display_name, first_step
from tests.findings.samples import AT, LATER, record, record_examples, volume
from tests.web.world import World

LIST, CHECK = "/findings/", "ec2_volume_encrypted"


@pytest.fixture
def admin(world: World, client: Client) -> Client:
    client.force_login(world.admin)
    return client


def bands(client: Client, **query: Any) -> dict[str, list[Any]]:
    return {band.key: list(band.rows) for band in client.get(LIST, query).context["bands"]}


def row(client: Client, **query: Any) -> Any:
    [found] = [one for rows in bands(client, **query).values() for one in rows if one.id.startswith(CHECK)]
    return found


def test_one_fix_for_many_resources_is_one_row(world: World, admin: Client) -> None:
    record(world.ours, [volume(f"vol-{number}") for number in range(40)])
    record(world.theirs, [volume("vol-x", encrypted=denied("ec2:DescribeVolumes"))])
    found = row(admin)
    assert (found.findings, found.unknown, found.accounts, found.severity) == (41, 1, 2, Severity.HIGH)
    assert found.title == "EBS volume is not encrypted"
    assert found.reach == "41 EBS volumes in payments, playground"
    assert found.owner == "2 owners"
    [gain] = [
        one.gain for one in query_module.rank_fixes(Scope.of(world.admin, world.organization)) if one.check_id == CHECK
    ]
    assert found.points == f"+{gain:.1f}"
    assert not found.is_part
    assert len(admin.get(found.url).context["table"].data) == 41


def test_points_are_of_all_of_it_and_a_row_of_part_says_so(world: World, admin: Client) -> None:
    for account in (world.ours, world.theirs):
        record(account, [volume("vol-1"), volume("vol-2")])
    whole, part = row(admin), row(admin, within=world.ours.account_id)
    assert (part.points, part.is_part, whole.is_part) == (whole.points, True, False)
    assert "up to" in admin.get(LIST, {"within": world.ours.account_id}).content.decode()


def test_whom_all_of_it_was_given_to_is_its_owner(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2")])
    assert row(admin).owner == "olga"
    one, two = FindingRecord.objects.filter(check_id=CHECK)
    triage.assign(world.admin, one, world.admin)
    assert row(admin).owner == "olga"
    triage.assign(world.admin, two, world.admin)
    assert row(admin).owner == "ada"


def test_accounts_that_no_sweep_asks_are_a_band_of_their_own(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1")])
    record(world.theirs, [volume("vol-2"), volume("vol-3")])
    world.theirs.state = "SUSPENDED"
    world.theirs.save()
    found = bands(admin)
    assert [*found][-1] == "unswept"
    apart = {one.id: one for one in found["unswept"]}[f"{CHECK}-3-unswept"]
    assert (apart.findings, apart.points) == (2, "")
    assert {one.id: one.findings for one in found["3"]}[f"{CHECK}-3"] == 1
    assert {each.resource_name for each in listed(admin, apart.url)} == {"vol-2", "vol-3"}
    assert f"{len(listed(admin, LIST + '?sweeping=unswept&group=none'))} in accounts that are not swept any more" in (
        admin.get(LIST).content.decode()
    )


def test_the_heading_counts_late_findings_of_one_cell_one_by_one(world: World, admin: Client) -> None:
    hidden = volume("vol-4", encrypted=denied("ec2:DescribeVolumes"))
    record(world.ours, [*(volume(f"vol-{number}") for number in range(4)), hidden])
    heading = str(admin.get(LIST, {"check": CHECK}).context["headline"])
    assert heading == "4 findings are open, all of them late; 1 could not be judged"


def listed(client: Client, url: str) -> list[FindingRecord]:
    return [each.record for each in client.get(url).context["table"].paginated_rows]


def test_ordered_by_anything_but_severity_there_are_no_bands(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2")])
    assert [*bands(admin, sort="-resources")] == [""]
    assert [*bands(admin, sort="-severity")] == [*bands(admin)]


def test_the_heading_says_what_the_filters_leave(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2", encrypted=denied("ec2:DescribeVolumes"))])

    def heading(**query: Any) -> str:
        return str(admin.get(LIST, query).context["headline"])

    late = len(listed(admin, f"{LIST}?check={CHECK}&age=late"))
    assert late == 2
    assert heading(check=CHECK) == "1 finding is open and late; 1 could not be judged"
    assert heading(check=CHECK, status="fail", severity="3") == "1 high finding is open and late"
    assert heading(check=CHECK, status="unknown") == "1 finding could not be judged"
    assert heading(check=CHECK, region="mars-1") == "No finding matches these filters"
    [finding] = FindingRecord.objects.filter(check_id=CHECK, status="fail")
    triage.accept_risk(world.admin, finding, "Old.", timezone.now() + timedelta(days=9))
    assert heading(triage="accepted") == "1 accepted risk"


def test_a_fix_opens_its_first_resources_under_the_filters_of_the_list(world: World, admin: Client) -> None:
    record(world.ours, [volume(f"vol-{number}") for number in range(MEMBERS + 3)])
    record(world.theirs, [volume("vol-x")])
    found = row(admin, within=world.ours.account_id)
    part = admin.get(found.members_url)
    assert [name for _, name, _ in part.context["members"]] == [f"vol-{number}" for number in range(MEMBERS)]
    assert part.context["rest"] == 3
    assert "vol-x" not in part.content.decode()
    assert len(listed(admin, part.context["list_url"])) == MEMBERS + 3
    client = Client()
    client.force_login(world.stranger)
    assert client.get(found.members_url).context["number"] == 0


def test_a_finding_leads_on_to_the_next_of_the_list_it_was_opened_from(world: World, admin: Client) -> None:
    record(world.ours, [volume(f"vol-{number}") for number in range(3)])
    response = admin.get(LIST, {"check": CHECK, "sort": "-resource_name", "per_page": "2", "page": "2"})
    [url] = [url for _, url in response.context["table"].linked_rows()]
    assert "place=3" in url
    page = admin.get(url)
    near = page.context["neighbours"]
    assert (page.context["finding"].resource_name, near.position, near.number, near.after) == ("vol-0", 3, 3, "")
    middle = admin.get(near.before)
    assert middle.context["finding"].resource_name == "vol-1"
    assert admin.get(middle.context["neighbours"].before).context["finding"].resource_name == "vol-2"
    assert {each.resource_name for each in listed(admin, near.list_url)} == {"vol-0", "vol-1", "vol-2"}
    # What is in another place by now has no neighbours, rather than wrong ones.
    assert admin.get(url.replace("place=3", "place=2")).context["neighbours"] is None
    assert admin.get(url.replace("place=3", "place=99")).context["neighbours"] is None
    assert admin.get(url.partition("?")[0]).context["neighbours"] is None


def test_neighbours_are_of_the_persons_own_accounts(world: World) -> None:
    record(world.ours, [volume("vol-1")])
    record(world.theirs, [volume("vol-2")])
    [mine] = FindingRecord.objects.filter(check_id=CHECK, account=world.ours)
    client = Client()
    client.force_login(world.owner)
    page = client.get(reverse("findings:detail", args=[mine.finding_id]), {"list": f"check={CHECK}", "place": "1"})
    assert page.context["neighbours"].number == 1


@pytest.mark.parametrize(
    ("days", "words", "late"), [(29, "due", False), (30, "late since today", True), (33, "3 days late", True)]
)
def test_a_deadline_is_by_severity(days: int, words: str, late: bool) -> None:  # noqa: FBT001 - a column of the table
    found, is_late = deadline(AT - timedelta(days=days), Severity.HIGH, AT)
    assert found.startswith(words)
    assert is_late is late


def test_names_are_no_hashes() -> None:
    kind = "AWS::GuardDuty::Detector"
    assert display_name("12abc34d567e8fa901bc2d34e56789f0", kind) == "GuardDuty detector …89f0"
    assert display_name("3f2504e0-4f89-11d3-9a0c-0305e82c3301", kind) == "GuardDuty detector …3301"
    for name in ("vol-0123456789abcdef0", "orders-export", "deadbeef"):
        assert display_name(name, kind) == name
    assert display_name("", kind) == "GuardDuty detector"


def test_every_check_has_a_first_step() -> None:
    steps = {check.id: first_step(check) for check in all_checks().values()}
    assert [check_id for check_id, step in steps.items() if len(step) < 4 or "\n" in step] == []


def test_a_finding_through_time(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2")])
    record(world.ours, [volume("vol-1", encrypted=True)], AT + timedelta(days=10))
    record(world.ours, [volume("vol-1", encrypted=denied("ec2:DescribeVolumes"))], AT + timedelta(days=20))
    record(world.ours, [volume("vol-1")], LATER)
    pages = {
        name: admin.get(reverse("findings:detail", args=[finding_id]))
        for name, finding_id in FindingRecord.objects.filter(check_id=CHECK).values_list("resource_name", "finding_id")
    }
    history = pages["vol-1"].context["history"]
    assert history.title == "Fails for the second time"
    assert [state for state, *_ in history.rows] == ["Failed", "Passed", "Not read", "Fails"]
    assert pages["vol-2"].context["history"].title.startswith("Gone with its resource after")
    assert [state for state, *_ in pages["vol-2"].context["history"].rows] == ["Failed", "Not seen", "Gone"]
    assert "nobody fixed it" in pages["vol-2"].content.decode()


def test_a_long_configuration_is_cut_and_has_links_to_its_parts(world: World, admin: Client) -> None:
    statements = [{"Sid": f"S{number}", "Effect": "Allow"} for number in range(300)]
    record(world.ours, [volume("vol-1", Policy={"Statement": statements}, Zone="b")])
    [finding] = FindingRecord.objects.filter(check_id=CHECK)
    page = admin.get(reverse("findings:detail", args=[finding.finding_id]))
    [block] = page.context["blocks"]
    assert page.context["evidence_title"] == "One line decides it"
    assert [(part.key, part.decides) for part in block.sections] == [
        ("Attachments", 0),
        ("Encrypted", 1),
        ("Policy", 0),
    ]
    text = page.content.decode()
    for part in block.sections:
        assert f'href="#{part.anchor}"' in text
        assert text.count(f'id="{part.anchor}"') == 1
    assert "All lines, on the page of the resource" in text


def test_what_was_refused_is_named_with_a_statement_that_grants_it(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1", encrypted=denied("ec2:DescribeVolumes"))])
    [finding] = FindingRecord.objects.filter(check_id=CHECK)
    text = admin.get(reverse("findings:detail", args=[finding.finding_id])).content.decode()
    assert "AWS refused <code>ec2:DescribeVolumes</code> to the role" in text
    assert "&quot;Action&quot;: [\n    &quot;ec2:DescribeVolumes&quot;" in text


def test_what_is_said_of_others_agrees_with_the_list(world: World, admin: Client) -> None:
    record(world.ours, [volume("vol-1"), volume("vol-2"), volume("vol-3", encrypted=True)])
    record(world.theirs, [volume("vol-4"), volume("vol-5", encrypted=denied("ec2:DescribeVolumes"))])
    one, two = FindingRecord.objects.filter(check_id=CHECK, account=world.ours).order_by("resource_name")
    triage.call_false_positive(world.admin, two, "It is a test.")
    page = admin.get(reverse("findings:detail", args=[one.finding_id]))
    assert page.context["elsewhere_title"] == "1 of 3 other EBS volumes fails this too, 1 could not be seen"
    assert page.context["others_number"] == len(listed(admin, f"{LIST}?check={CHECK}")) - 1
    check = admin.get(reverse("findings:check", args=[CHECK]))
    assert check.context["number"] == len(listed(admin, f"{LIST}?check={CHECK}"))
    for name, failed, unknown in check.context["spread"].rows:
        account = {"payments": world.ours, "playground": world.theirs}[name]
        shown = listed(admin, f"{LIST}?check={CHECK}&within={account.account_id}")
        assert int(failed) + int(unknown) == len(shown)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_fits_a_phone_opens_in_place_folds_and_copies(
    theme: str,
    transactional_db: None,
    log_in: Callable[[Any], Page],
    live: str,
    axe: Callable[[Page], None],
) -> None:
    from tests.web.world import build

    world = build()
    record_examples(world.ours)
    finding = FindingRecord.objects.get(resource_name="s3-bucket-not-public-4", check_id="s3_bucket_not_public")
    page = log_in(world.admin)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 844})
    for path in (LIST, f"{LIST}?per_page=200", reverse("findings:detail", args=[finding.finding_id])):
        page.goto(live + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert page.evaluate("document.documentElement.scrollHeight") <= 12 * 844, path
        axe(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(live + LIST)
    first = page.locator("[data-members]").first
    first.click()
    opened = page.locator(".pl-members-list").first
    expect(opened).to_be_visible()
    opened.locator("[data-copy-text]").first.click()
    expect(page.locator("#pl-said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("arn:aws:")
    axe(page)
    first.click()
    expect(opened).to_be_hidden()
    fold = page.locator("[data-fold]").first
    fold.click()
    expect(first).to_be_hidden()
    expect(fold).to_have_attribute("aria-expanded", "false")


def test_pages_of_findings_load_no_chart_library_unasked(
    transactional_db: None, log_in: Callable[[Any], Page], live: str
) -> None:
    from tests.web.world import build

    world = build()
    record(world.ours, [volume("vol-1")])
    [finding] = FindingRecord.objects.filter(check_id=CHECK)
    page = log_in(world.admin)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in (LIST, reverse("findings:detail", args=[finding.finding_id]), reverse("findings:check", args=[CHECK])):
        page.goto(live + path, wait_until="networkidle")
    assert [url for url in asked if "plotly" in url and url.endswith(".js")] == []
