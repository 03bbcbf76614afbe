"""Every figure that is on two pages is the same on both, whatever happened."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AwsAccount, User, Visit
from posture.core.attribution import Cause
from posture.pages.drift.causes import NAMES
from tests.depth import examples
from tests.entry import resources as make
from tests.identity.identities import record as record_identities
from tests.identity.test_pages import identities
from tests.web import story
from tests.web.markup import join_tags
from tests.web.world import World, build

pytestmark = pytest.mark.django_db

TAG = re.compile(r"<[^>]+>")
HIDDEN = re.compile(r'<span class="visually-hidden">.*?</span>', re.DOTALL)
WORDS = {
    "fixed": Cause.FIXED,
    "regressed": Cause.REGRESSED,
    "new resources": Cause.NEW,
    "deleted": Cause.DELETED,
    "accounts joined or left": Cause.ACCOUNTS,
    "more seen": Cause.VISIBILITY,
    "less seen": Cause.VISIBILITY,
    "decided by people": Cause.DECIDED,
}
KINDS = ("opened", "reopened", "resolved", "added", "removed", "changed", "gaps_opened", "gaps_closed", "sight")
"""What the page of drift counts."""
NEWS = {
    ("opened", False): "opened",
    ("resolved", False): "resolved",
    ("no longer visible", False): "gaps_opened",
    ("visible again", False): "gaps_closed",
    ("added", True): "added",
    ("removed", True): "removed",
    ("changed", False): "rules",
}
"""Kinds by what is said of them since the last visit, and whether of resources."""
TILE = r'<article class="pl-tile[ "].*?</article>'
PRACTICE = r'<article class="pl-panel pl-practice[ "].*?</article>'

Practice = tuple[str, str, str, tuple[int, int, int] | None]
"""Title, score, change, and how many failed, were unknown and were judged; None of what is not in use."""


@dataclass(frozen=True)
class Swept:
    """A sweep so many days ago.

    By account: which volumes exist, whether each is encrypted, and a gap.
    """

    ago: float
    volumes: tuple[tuple[bool | None, ...], ...]
    is_denied: bool


volumes = st.tuples(*[st.sampled_from([True, True, False, None])] * 7)
stories = st.lists(
    st.builds(
        Swept,
        ago=st.sampled_from([58, 45, 33, 29, 20, 11, 6, 3, 0.5]),
        volumes=st.tuples(*[volumes] * 4),
        is_denied=st.sampled_from([False, False, True]),
    ),
    min_size=2,
    max_size=4,
    unique_by=lambda one: one.ago,
).map(lambda found: sorted(found, key=lambda one: -one.ago))


def play(world: World, sweeps: Sequence[Swept]) -> None:
    now, accounts = timezone.now(), list(AwsAccount.objects.filter(organization=world.organization).order_by("pk"))[:4]
    for one in sweeps:
        resources = {
            account.pk: [
                story.volume(f"vol-{account.pk}-{number}", encrypted=encrypted)
                for number, encrypted in enumerate(held)
                if encrypted is not None
            ]
            for account, held in zip(accounts, one.volumes, strict=False)
        }
        story.sweep(world, now - timedelta(days=one.ago), resources, (story.DENIED,) if one.is_denied else ())


def plain(text: str) -> str:
    """Return a piece of a page as its reader sees it."""
    return " ".join(html.unescape(TAG.sub(" ", HIDDEN.sub("", text))).split())


def number(points: str) -> float:
    """Return points of a score as a page writes them."""
    return float(points.replace("\N{MINUS SIGN}", "-").replace("\N{PLUS-MINUS SIGN}", ""))


def found(page: str, pattern: str) -> list[str]:
    """Return the pieces of a page that a pattern finds, as its reader sees them.

    There is one at least.
    """
    pieces = [plain(one) for one in re.findall(pattern, page, re.DOTALL)]
    assert pieces, f"the page has no {pattern}"
    return pieces


def table_of(page: str, label: str) -> list[list[str]]:
    """Return the rows of the table in the region of that label, its heads left out."""
    (table,) = re.findall(rf'aria-label="{label}">\s*<table.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    return _rows(table)


def pictured(page: str, panel: str) -> list[list[str]]:
    """Return the body rows of the table behind a panel's chart."""
    (table,) = re.findall(rf'<h2 id="{panel}">.*?<table.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    return _rows(table)


def _rows(table: str) -> list[list[str]]:
    return [found(row, r"<t[hd]\b[^>]*>(.*?)</t[hd]>") for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)]


def changes_of(drift: str) -> dict[str, int]:
    """Return the counts of the page of drift, by kind.

    All are 0 where there is nothing to compare.
    """
    counts = {
        kind: int(count)
        for kind, count in re.findall(r'<a class="pl-kind[^>]*href="/drift/(\w+)/[^>]*><strong>(\d+)</strong>', drift)
    }
    assert counts.keys() == set(KINDS) if counts else "Nothing to compare yet" in drift
    (rules,) = re.findall(r'aria-labelledby="rules">(.*?)</section>', drift, re.DOTALL) or [""]
    return dict.fromkeys(KINDS, 0) | counts | {"rules": rules.count("<li>")}


class Site:
    """The pages as one person sees them, in one scope."""

    def __init__(self, user: User, **query: Any) -> None:
        self.client, self.user, self.query = Client(), user, query
        self.client.force_login(user)

    def page(self, name: str, kwargs: dict[str, Any] | None = None, **query: Any) -> str:
        return self.at(reverse(name, kwargs=kwargs), **self.query | query)

    def at(self, url: str, **query: Any) -> str:
        """Return the page behind a link, with parameters of its own in addition."""
        path, _, asked = url.partition("?")
        response: Any = self.client.get(path, parse_qs(asked) | query)
        assert response.status_code == 200, url
        if response.streaming:
            return str(b"".join(response.streaming_content), "utf-8")
        return join_tags(str(response.content, "utf-8"))

    def rows(self, name: str, kwargs: dict[str, Any] | None = None, **query: Any) -> list[dict[str, str]]:
        """Return an export's rows."""
        return self.rows_at(reverse(name, kwargs=kwargs), **self.query | query)

    def rows_at(self, url: str, **query: Any) -> list[dict[str, str]]:
        """Return the rows of an export of the list behind a link."""
        return list(csv.DictReader(io.StringIO(self.at(url, export="csv", **query))))


def assert_agreement(site: Site) -> None:
    overview, drift = site.page("dashboard:overview"), site.page("drift:drift")
    period = site.page("dashboard:period")
    assert_scores_agree(site, overview, drift)
    assert_causes_agree(site, overview, drift)
    assert_changes_agree(site, period, drift)
    assert_findings_agree(site, period)
    assert_unjudged_agree(site, overview)
    assert_ages_agree(site, overview)
    assert_accounts_agree(site, overview)
    assert_practices_agree(site, overview)
    (unseen,) = found(period, r"Could not be seen</span><span class=\"pl-figure-value\">(.*?)<small>")
    gaps = plain(site.page("sweeps:gaps"))
    assert f"{unseen} of the estate is hidden" in gaps or (unseen == "0 %" and "of the estate is hidden" not in gaps)


def assert_scores_agree(site: Site, overview: str, drift: str) -> None:
    (band,) = found(overview, r'<p class="pl-score">(.*?)</p>')
    score = band.split()[0]
    (because,) = found(overview, r'<div class="pl-bridge"><p>(.*?)</p>')
    (head,) = found(drift, r"<header class=\"pl-head\">.*?</h1>\s*<p>(.*?)</p>")
    moved = re.match(r"(Up|Down) (\d+) since", because)
    if moved:
        change = int(moved[2]) * (1 if moved[1] == "Up" else -1)
        was = int(score) - change
        points = f"{change:+}".replace("-", "\N{MINUS SIGN}")
        assert head.startswith(f"The score went from {was} to {score}, {points} point"), (head, because)
    elif because.startswith("Unchanged"):
        assert head.startswith(f"The score is {score}, as it was.")
    else:
        assert f"The score is {score};" in head or f"to {score}," in head or f"is {score}, as" in head
    made = found(site.page("dashboard:score"), r"<strong>(\d+\.\d)</strong> =")
    assert all(abs(float(each) - int(score)) <= 0.5 for each in made)
    assert made


def assert_causes_agree(site: Site, overview: str, drift: str) -> None:
    """The sentence, the score attribution, its causes and their pages round alike."""
    (because,) = found(overview, r'<div class="pl-bridge"><p>(.*?)</p>')
    if "no score yet" in because:
        return
    said = {NAMES[WORDS[word]]: points for word, points in _bridge_lines(overview) if word in WORDS}
    headings = [plain(one).partition(" ") for one in re.findall(r"<h3>(.*?)</a>", site.page("drift:why"), re.DOTALL)]
    named = {name: points for points, _, name in headings}
    assert said.items() <= named.items()
    assert bool(named) == bool(said)
    for cause in Cause:
        page = site.page("drift:cause", {"cause": cause.value})
        (heading,) = found(page, r"<h1>(.*?)</h1>")
        assert named.get(NAMES[cause], "±0") in heading
        if cause is not Cause.ACCOUNTS:
            parts = map(plain, re.findall(r'<td class="pl-number pl-nowrap">(.*?)</td>', page, re.DOTALL))
            assert abs(sum(map(number, parts)) - number(named.get(NAMES[cause], "±0"))) < 0.01
    drawn = {row[0]: row[1] for row in _bridge_rows(drift)}
    if drawn:
        ends = [float(drawn[name]) for name in ("Score before", "Score after")]
        total = sum(map(number, named.values()))
        assert abs(total - (ends[1] - ends[0])) < 0.11
        assert set(named) <= set(drawn)


def _bridge_lines(overview: str) -> list[tuple[str, str]]:
    """Return the parts of the score's movement, in lower case as `WORDS` has them.

    Their points.
    """
    (bridge,) = re.findall(r'<div class="pl-bridge">(.*?)</div>', overview, re.DOTALL)
    account = r'(?:<a class="pl-bridge-account".*?</a>)?'
    line = rf"<li><span>\s*(?:<a [^>]*>)?\s*([^<]+?)\s*(?:</a>)?\s*{account}\s*</span><span>(.*?)</span>"
    return [(word.lower(), points) for word, points in re.findall(line, bridge)]


def assert_unjudged_agree(site: Site, overview: str) -> None:
    """What checks could not judge is as many findings as the list behind it has."""
    listed = len(site.rows("findings:list", group="none", status="unknown"))
    said = re.findall(r"(\d+) checks? could not judge (\d+) resources?(?: \((\d+) findings\))?", plain(overview))
    assert [int(findings or resources) for _, resources, findings in said] == ([listed] if listed else [])


def _bridge_rows(drift: str) -> list[list[str]]:
    table = re.search(r"<table(?:(?!<table).)*?Score before.*?</table>", drift, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table[0], re.DOTALL) if table else []
    return [cells for row in rows if (cells := found(row, r"<t[hd][^>]*>(.*?)</t[hd]>"))]


def assert_changes_agree(site: Site, period: str, drift: str) -> None:
    (value,) = found(period, r"Opened and resolved</span><span class=\"pl-figure-value\">(.*?)</span>")
    counts = changes_of(drift)
    assert value == f"{counts['opened'] + counts['reopened']} / {counts['resolved']}"
    for kind in KINDS:
        assert len(site.rows("drift:list", {"kind": kind})) == counts[kind], kind


def assert_findings_agree(site: Site, period: str) -> None:
    (value,) = found(period, r"Critical and high, open</span><span class=\"pl-figure-value\">(.*?)</span>")
    total, critical = re.match(r"(\d+) (\d+) critical", value).groups()  # type: ignore[union-attr]  # it fails otherwise
    for severities, number in ((["4", "3"], total), (["4"], critical)):
        query: dict[str, Any] = {"severity": severities, "status": "fail"}
        rows = site.rows("findings:list", group="none", **query)
        assert len(rows) == int(number)
        listed = site.page("findings:list", per_page="200", **query)
        by_fix = re.findall(r'pl-fix-count"><a[^>]*>(\d+)</a>', listed)
        assert bool(by_fix) == bool(rows)
        assert sum(int(each) for each in by_fix) == int(number)
        headline = re.search(r'id="findings-head".*?<h1>(.*?)</h1>', listed, re.DOTALL)
        assert headline
        assert headline[1].startswith(f"{number} " if rows else "No finding")
    assert_fixing_agrees(site, period)


def assert_fixing_agrees(site: Site, period: str) -> None:
    """How long fixing took, by severity.

    Of critical findings there are none in these stories.
    """
    (name,) = found(period, r"(Median time to fix, critical</span>.*?)</a>")
    fixed = re.findall(r"high (\d+ \w+) \(n=(\d+)", name)
    rows = table_of(site.page("drift:fixing", group="severity"), "Time to fix")
    assert "none fixed since" in name
    # A median of one case says so there as well.
    assert fixed == [(row[3].removesuffix(" one case"), row[1]) for row in rows if row[0] == "High" and row[1] != "0"]


def assert_accounts_agree(site: Site, overview: str) -> None:
    """The map and its table, the table of accounts, their pages and the export."""
    mapped = pictured(overview, "accounts")
    table = {row[0].split()[0]: row for row in table_of(site.page("organization:table"), "Accounts")}
    exported = {row["Account"]: row for row in site.rows("organization:table")}
    assert [row[0] for row in mapped] == [*dict.fromkeys(row[0] for row in mapped)]
    assert {row[0] for row in mapped} == table.keys() == exported.keys()
    drawn = Counter(found(overview, r'<a class="pl-treemap-tile[^>]*><title>(.*?)</title>'))
    for name, unit, score, critical, unseen in mapped:
        row = table[name]
        assert (unit, score, critical, unseen) == (row[1], row[3], row[6], row[8])
        title = [f"{name}: {score}"]
        title += [f"{critical} critical open"] if critical != "0" else []
        title += [f"{unseen} could not be seen"] if unseen != "0 %" else []
        assert drawn[", ".join(title)] == 2  # one is for phones
        assert_account_agrees(site, row, exported[name])


def assert_account_agrees(site: Site, row: Sequence[str], exported: Mapping[str, str]) -> None:
    score, change, critical, high = row[3], row[4], row[6], row[7]
    assert (exported["Critical"], exported["High"]) == (critical, high)
    plain_change = {"unchanged": "0", "no comparison": "", "\N{EM DASH}": ""}.get(change, change)
    assert exported["Change"] == plain_change.replace("\N{MINUS SIGN}", "-").replace("+", "")
    page = site.page("organization:account", {"account_id": exported["Account id"]})
    (portrait,) = found(page, r'<p class="pl-portrait-score">(.*?)</p>')
    words = change.replace("\N{EM DASH}", "no comparison")
    assert portrait == (score if score == "no score" else f"{score} {words}")
    if score != "no score":
        assert f"{critical} critical , {high} high" in plain(page)


def assert_ages_agree(site: Site, overview: str) -> None:
    """The grid of ages, its table and its title.

    The list of findings behind each of its cells.
    """
    cells = pictured(overview, "ages")
    assert cells == pictured(site.page("findings:list", status="fail"), "by-age")
    (drawing,) = re.findall(r'<svg class="pl-drawing pl-ages".*?</svg>', overview, re.DOTALL)
    links = re.findall(r'<a href="([^"]*age=[^"]*)"><title>(\w+): (\d+)(, past the time limit)?</title>', drawing)
    assert [(name, count) for _, name, count, _ in links] == [
        (row[0], count) for row in cells for count in row[1:] if count != "0"
    ]
    for url, name, count, _ in links:
        listed = site.rows_at(html.unescape(url), group="none")
        assert [row["Severity"] for row in listed] == [name] * int(count)
    total = sum(int(count) for row in cells for count in row[1:])
    assert len(site.rows("findings:list", group="none", status="fail")) == total
    late = len(site.rows("findings:list", group="none", status="fail", age="late"))
    assert late >= sum(int(count) for _, _, count, is_late in links if is_late)
    (title,) = found(overview, r'<h2 id="ages">(.*?)</h2>')
    if total:
        noun = "finding is" if total == 1 else "findings are"
        assert title == (f"{late} of {total} {noun} late" if late else "No finding is late")
    else:
        assert title == "No finding is open"


def assert_visit_agrees(site: Site, days: float) -> None:
    """What is new since a person's last visit, and the page of drift that it leads to."""
    assert "This is your first visit" in site.page("dashboard:visit")
    since = timezone.now() - timedelta(days=days)
    assert Visit.objects.filter(user=site.user).update(previous_at=since) == 1
    page = site.page("dashboard:visit")
    line = r'<li><a href="(.*?)"><span class="pl-news-count">(\d+)</span><span>(.*?)</a></li>'
    lines = re.findall(line, page, re.DOTALL)
    assert bool(lines) != ("Nothing has changed since then" in page)
    news = {
        NEWS[found(words, r"<strong>(.*?)</strong>")[0], "resources" in words]: int(count) for _, count, words in lines
    }
    urls = {html.unescape(url) for url, _, _ in lines}
    assert len(urls) <= 1
    drift = site.at(urls.pop()) if urls else site.page("drift:drift", since=since.isoformat())
    counts = changes_of(drift)
    counts["opened"] += counts.pop("reopened", 0)
    compared = {kind: counts[kind] for kind in NEWS.values()}
    assert news == {kind: count for kind, count in compared.items() if count}


def assert_practices_agree(site: Site, overview: str) -> None:
    tiles = {each[0]: each for each in map(_tile, re.findall(TILE, overview, re.DOTALL))}
    listed = {each[0]: each for each in map(_practice, re.findall(PRACTICE, site.page("practices:list"), re.DOTALL))}
    assert tiles == listed
    assert any(counts for _, _, _, counts in tiles.values())
    (title,) = found(overview, r'<h2 id="practices">(.*?)</h2>')
    assert title == "Practices" or title.startswith(next(iter(tiles)))


def _tile(tile: str) -> Practice:
    """Return a practice's title, score, change.

    How many failed, were unknown and were judged.
    """
    (title,) = found(tile, r'<div class="pl-tile-top"><a[^>]*>(.*?)</a>')
    if "pl-tile-score" not in tile:
        assert "pl-tile-bottom" not in tile
        return title, "", "", None
    nested = r"(?:[^<]|<svg.*?</svg>|<span.*?</span>)*"
    at_side = rf'<span class="pl-tile-score">\s*(<span class="pl-change[^>]*>{nested}</span>)(.*?)</span></div>'
    ((change, score),) = re.findall(at_side, tile, re.DOTALL)
    if plain(score) == "\N{EN DASH}":  # Too little was read: the page of practices has no score for it.
        return title, "", "", None
    (bottom,) = found(tile, r'<p class="pl-tile-bottom">(.*?)</p>')
    said = re.fullmatch(r"(\d+) of (\d+) fail(?:, (\d+) unknown)?", bottom)
    assert said, bottom
    failed, judged, unknown = (int(number or 0) for number in said.groups())
    return title, plain(score), plain(change), (failed, unknown, judged)


def _practice(practice: str) -> Practice:
    """Return what `_tile` returns, of the page of practices."""
    (title,) = found(practice, r"<h2>(.*?)</h2>")
    if "pl-practice-score" not in practice:
        assert "pl-change" not in practice
        return title, "", "", None
    (score,) = re.findall(r'<span class="pl-practice-score">(.*?)</span></div>', practice, re.DOTALL)
    (change,) = re.findall(r'<span class="pl-practice-line">(.*?)<(?:svg|span) class="pl-spark', practice, re.DOTALL)
    (foot,) = re.findall(r'<div class="pl-practice-foot"><span>(.*?)</span>', practice, re.DOTALL)
    said = re.fullmatch(r"(\d+) fail · (\d+) unknown · (\d+) pass", plain(foot))
    assert said, foot
    failed, unknown, passed = map(int, said.groups())
    return title, plain(score), plain(change), (failed, unknown, passed + failed + unknown)


def test_doors_are_as_many_as_the_findings_that_make_them(world: World) -> None:
    """Entry points, the list of findings and the page of data count the same."""
    resources = (make.instance(), make.group(), make.function("open"), make.function("asks", "AWS_IAM"))
    make.record(world.ours, *resources, make.balancer(waf=False), make.certificate("2026-05-20T00:00:00Z"))
    make.record(world.theirs, make.http_api(), make.http_stage(logs=False), make.function("open"))
    for person in (world.executive, world.owner):
        site = Site(person)
        file = site.client.get(reverse("entry:doors"), {"picture": "doors", "export": "csv"})
        doors = list(csv.DictReader(io.StringIO(str(file.content, "utf-8"))))
        states = Counter(one["State"] for one in doors)
        page = plain(site.page("entry:doors"))
        assert f"{len(doors)} doors face the internet; {states['lets anyone in']} let anyone in" in page

        def failing(*checks: str, of: Site = site) -> int:
            return len(of.rows("findings:list", group="none", status="fail", check=list(checks)))

        assert Counter(one["Kind"] for one in doors)["public address"] == failing("ec2_instance_no_public_address")
        callers = failing("lambda_function_url_authenticated", "apigatewayv2_api_routes_authorized")
        assert Counter(one["Asks who is calling"] for one in doors)["no"] == callers > 0
        assert f"{failing('acm_certificate_renewed')} certificate has ended" in page
        rows = {row[0]: row[1:] for row in pictured(site.page("entry:doors"), "guards")}
        assert all(sum(map(int, row[:-1])) == len(doors) == int(row[-1]) for row in rows.values())


@settings(
    max_examples=examples(2),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sweeps=stories, compare=st.sampled_from(["7", "30", "90", "sweep"]), days=st.sampled_from([1, 5, 15, 40]))
def test_figures_that_are_on_two_pages_are_the_same_on_both(sweeps: list[Swept], compare: str, days: float) -> None:
    with transaction.atomic():
        world = build()
        play(world, sweeps)
        for person in (world.executive, world.owner):
            site = Site(person, compare=compare)
            assert_agreement(site)
            assert_visit_agrees(site, days)
        transaction.set_rollback(True)


def failing(site: Site, check: str) -> int:
    """Return how many findings of a check the list has."""
    return len(site.rows("findings:list", group="none", status="fail", check=check))


def test_identities_agree_with_inventory_and_findings(world: World) -> None:
    """Tabs, tables and titles, the inventory's lists, and findings of the same checks."""
    record_identities(world.ours, *identities())
    for person in (world.executive, world.owner):
        site = Site(person)
        page = site.page("identity:overview")
        counts = {
            name: int(number)
            for name, number in re.findall(r'">([A-Z][\w ]+) <span class="pl-tab-count">(\d+)</span>', page)
        }
        users, roles = (len(site.rows("inventory:table", type=f"AWS::IAM::{each}")) for each in ("User", "Role"))
        assert counts["Power and use"] == users + roles == len(site.rows("identity:list"))
        assert counts["People"] + counts["Roles"] + counts["Services"] == counts["Power and use"]
        assert [sum(int(row[-1]) for row in pictured(page, "power"))] == [users + roles]
        assert counts["Keys"] == len(pictured(page, "keys")) == len(site.rows("identity:keys"))
        assert counts["Outside"] == len(pictured(page, "outside"))
        without = [int(row[1]) for row in pictured(page, "factors")]
        assert without == [failing(site, "iam_user_mfa_enabled"), failing(site, "iam_root_mfa_enabled")] == [1, 1]
        late = [row for row in pictured(page, "keys") if int(row[2]) > 90]
        assert len(late) == failing(site, "iam_user_access_keys_rotated") == 1
        unguarded = [row for row in site.rows("identity:outside") if row["Condition"] == "None"]
        assert len(unguarded) == failing(site, "iam_role_external_trust_has_external_id") == 1
        assert len(site.rows("identity:list", kind="role", use="unused")) == failing(site, "iam_role_used") == 2
