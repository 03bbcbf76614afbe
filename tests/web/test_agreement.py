"""Every figure that is on two pages is the same on both, whatever happened."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AwsAccount, User
from posture.core.bridge import Cause
from posture.drift.bridge import NAMES
from tests.web import story
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
    "more seen": Cause.SIGHT,
    "less seen": Cause.SIGHT,
    "decided by people": Cause.DECIDED,
}


@dataclass(frozen=True)
class Swept:
    """A sweep so many days ago: per account which volumes there are and whether each is encrypted, and a gap."""

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
    """Return the pieces of a page that a pattern finds, as its reader sees them."""
    return [plain(one) for one in re.findall(pattern, page, re.DOTALL)]


class Site:
    """The pages as one person sees them, in one scope."""

    def __init__(self, user: User, **query: Any) -> None:
        self.client, self.query = Client(), query
        self.client.force_login(user)

    def page(self, name: str, kwargs: dict[str, Any] | None = None, **query: Any) -> str:
        response: Any = self.client.get(reverse(name, kwargs=kwargs), self.query | query)
        assert response.status_code == 200, name
        if response.streaming:
            return str(b"".join(response.streaming_content), "utf-8")
        return str(response.content, "utf-8")

    def rows(self, name: str, kwargs: dict[str, Any] | None = None, **query: Any) -> list[dict[str, str]]:
        """Return an export's rows."""
        return list(csv.DictReader(io.StringIO(self.page(name, kwargs, export="csv", **query))))


def assert_agreement(site: Site) -> None:
    overview, drift = site.page("dashboard:overview"), site.page("drift:drift")
    assert_scores_agree(site, overview, drift)
    assert_causes_agree(site, overview, drift)
    assert_changes_agree(site, overview, drift)
    assert_findings_agree(site, overview)
    assert_accounts_agree(site, overview)
    assert_practices_agree(site, overview)
    (unseen,) = found(overview, r"Could not be seen</span><span class=\"pl-figure-value\">(.*?)<small>")
    gaps = plain(site.page("sweeping:gaps"))
    assert f"{unseen} of the estate could not be seen" in gaps or (unseen == "0 %" and "has answered" in gaps)


def assert_scores_agree(site: Site, overview: str, drift: str) -> None:
    (band,) = found(overview, r'<p class="pl-score">(.*?)</p>')
    score = band.split()[0]
    (because,) = found(overview, r'<p class="pl-hero-because">(.*?)</p>')
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
    made = found(site.page("dashboard:score"), r"<code>(\d+\.\d) =")
    assert all(abs(float(each) - int(score)) <= 0.5 for each in made)
    assert made


def assert_causes_agree(site: Site, overview: str, drift: str) -> None:
    """The parts of the sentence, of the bridge, of what made it and of each part's own page are one rounding."""
    (because,) = found(overview, r'<p class="pl-hero-because">(.*?)</p>')
    if "no score yet" in because:
        return
    said = {
        NAMES[WORDS[word]]: points for word, points in re.findall(r"[:,] ([a-z ]+) ([+\N{MINUS SIGN}]\d+\.\d)", because)
    }
    headings = [one.partition(" ") for one in found(site.page("drift:why"), r"<h3>(.*?)</a>")]
    named = {name: points for points, _, name in headings}
    assert said.items() <= named.items()
    assert bool(named) == bool(said)
    for cause in Cause:
        page = site.page("drift:cause", {"cause": cause.value})
        (heading,) = found(page, r"<h1>(.*?)</h1>")
        assert named.get(NAMES[cause], "±0") in heading
        if cause is not Cause.ACCOUNTS:
            parts = found(page, r'<td class="pl-number pl-nowrap">(.*?)</td>')
            assert abs(sum(map(number, parts)) - number(named.get(NAMES[cause], "±0"))) < 0.01
    drawn = {row[0]: row[1] for row in _bridge_rows(drift)}
    if drawn:
        ends = [float(drawn[name]) for name in ("Score before", "Score after")]
        total = sum(map(number, named.values()))
        assert abs(total - (ends[1] - ends[0])) < 0.11
        assert set(named) <= set(drawn)


def _bridge_rows(drift: str) -> list[list[str]]:
    table = re.search(r"<table(?:(?!<table).)*?Score before.*?</table>", drift, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table[0], re.DOTALL) if table else []
    return [cells for row in rows if (cells := found(row, r"<t[hd][^>]*>(.*?)</t[hd]>"))]


def assert_changes_agree(site: Site, overview: str, drift: str) -> None:
    (value,) = found(overview, r"Opened and resolved</span><span class=\"pl-figure-value\">(.*?)</span>")
    counts = {word: int(number) for number, word in re.findall(r"<strong>(\d+)</strong> (\w+)", drift)}
    if not counts:
        assert value == "0 / 0"
        return
    assert value == f"{counts['opened'] + counts['reopened']} / {counts['resolved']}"
    for kind in ("opened", "reopened", "resolved", "added", "removed", "changed"):
        assert len(site.rows("drift:list", {"kind": kind})) == counts[kind], kind


def assert_findings_agree(site: Site, overview: str) -> None:
    (value,) = found(overview, r"Critical and high, open</span><span class=\"pl-figure-value\">(.*?)</span>")
    total, critical = re.match(r"(\d+) (\d+) critical", value).groups()  # type: ignore[union-attr]  # it fails otherwise
    for severities, number in ((["4", "3"], total), (["4"], critical)):
        query: dict[str, Any] = {"severity": severities, "status": "fail"}
        rows = site.rows("findings:list", group="none", **query)
        assert len(rows) == int(number)
        by_check = found(site.page("findings:list", **query), r"<td[^>]*data-failed[^>]*>(.*?)</td>")
        assert not by_check or sum(map(int, by_check)) == int(number)


def assert_accounts_agree(site: Site, overview: str) -> None:
    """The overview's ranking, the table of accounts, each account's own page and the export."""
    ranked = {row[0].split()[-1]: row for row in _rows(overview, "Accounts by score")}
    table = {row[0].split()[-1]: row for row in _rows(site.page("estate:table"), "Accounts")}
    exported = {row["Account id"]: row for row in site.rows("estate:table")}
    assert ranked
    for account_id, row in ranked.items():
        score, change, critical, high, unseen = row[2], row[3], row[5], row[6], row[7]
        other = table[account_id]
        nothing = {"\N{EM DASH}": "no comparison"}
        assert (score, change, critical, high, unseen) == (other[4], nothing.get(other[5], other[5]), *other[7:10])
        assert exported[account_id]["Critical"] == critical
        assert exported[account_id]["Change"] == re.sub(
            r"unchanged|no comparison", lambda word: "0" if word[0] == "unchanged" else "", change
        ).replace("\N{MINUS SIGN}", "-").replace("+", "")
        page = site.page("estate:account", {"account_id": account_id})
        (portrait,) = found(page, r'<p class="pl-portrait-score">(.*?)</p>')
        assert portrait == (score if score == "no score" else f"{score} {change}")
        if score != "no score":
            assert f"{critical} critical , {high} high" in plain(page)


def _rows(page: str, label: str) -> list[list[str]]:
    start = page.index("<table", page.index(label)) if label in page else 0
    body = page[start : page.index("</table>", start)]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body[body.index("<tbody") :], re.DOTALL)
    return [found(row, r"<td[^>]*>(.*?)</td>") for row in rows]


def assert_practices_agree(site: Site, overview: str) -> None:
    tiles = found(overview, r'<article class="pl-tile">(.*?)</article>')
    listed = found(site.page("practices:list"), r'<article class="pl-panel pl-practice">(.*?)</article>')
    assert len(tiles) == len(listed)
    for tile, one in zip(tiles, listed, strict=True):
        title = re.match(r"\D+", tile)[0].strip(" +\N{MINUS SIGN}")  # type: ignore[index]  # it fails otherwise
        assert one.startswith(title), (tile, one)
        numbers = re.findall(r"(\d+) (fail|unknown)", tile)
        assert set(numbers) <= set(re.findall(r"(\d+) (fail|unknown)", one)), (tile, one)
        score = re.findall(r"(?:^|\s)(\d+|\N{EN DASH})", tile)[0] if not re.search(r"[+\N{MINUS SIGN}]\d", tile) else ""
        assert score in one


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sweeps=stories, compare=st.sampled_from(["7", "30", "90", "sweep"]))
def test_figures_that_are_on_two_pages_are_the_same_on_both(sweeps: list[Swept], compare: str) -> None:
    with transaction.atomic():
        world = build()
        play(world, sweeps)
        for person in (world.executive, world.owner):
            assert_agreement(Site(person, compare=compare))
        transaction.set_rollback(True)
