"""Undo of decisions: all of it or nothing, by whoever may decide."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from posture.history import query, triage
from posture.history.models import FindingNote, FindingRecord, Triage
from posture.history.scope import Scope
from posture.pages.findings import undo
from tests.findings.samples import record, volume
from tests.web.world import World

CHECK = "ec2_volume_encrypted"
UNDO = "/findings/undo/"


@pytest.fixture
def admin(world: World, client: Client) -> Client:
    client.force_login(world.admin)
    return client


def findings(world: World, *names: str) -> list[FindingRecord]:
    record(world.ours, [volume(name) for name in names])
    return list(FindingRecord.objects.filter(check_id=CHECK).order_by("resource_name"))


def decide(client: Client, found: list[FindingRecord], decision: str, **fields: str) -> Any:
    sent = {"decision": decision, **{f"{decision}-{name}": value for name, value in fields.items()}}
    if len(found) == 1:
        return client.post(reverse("findings:triage", args=[found[0].finding_id]), sent)
    return client.post(reverse("findings:triage_many"), {**sent, "finding": [one.finding_id for one in found]})


def accept(client: Client, found: list[FindingRecord], reason: str = "Walled in.") -> Any:
    until = (timezone.now() + timedelta(days=30)).date().isoformat()
    return decide(client, found, "accept", reason=reason, expires_at=until)


def decisions() -> dict[int, dict[str, Any]]:
    return {one["finding_id"]: dict(one) for one in Triage.objects.values()}


def low(world: World) -> float:
    score = query.load_score(Scope.of(world.admin, world.organization))
    assert score is not None
    return score.low


@pytest.mark.parametrize("names", [["vol-1"], ["vol-1", "vol-2", "vol-3"]])
def test_a_decision_is_undone_as_if_it_had_not_been(world: World, admin: Client, names: list[str]) -> None:
    found = findings(world, *names)
    before = low(world)
    assert accept(admin, found).status_code == 302
    assert len(decisions()) == len(names)
    assert low(world) > before
    offered = admin.get("/findings/").content.decode()
    assert ("Done for 3 findings: accept the risk." if len(names) > 1 else "Done: accept the risk.") in offered
    assert 'action="/findings/undo/"' in offered
    assert 'action="/findings/undo/"' not in admin.get("/findings/").content.decode(), "offered once"
    assert admin.post(UNDO).status_code == 302
    assert decisions() == {}
    assert low(world) == before
    notes = FindingNote.objects.filter(text="The last decision was undone: open again.")
    assert notes.count() == len(names)
    assert admin.post(UNDO, follow=True).content.decode().count(undo.LATE) == 1, "it is undone once"


def test_what_was_decided_before_comes_back_word_for_word(world: World, admin: Client) -> None:
    found = findings(world, "vol-1", "vol-2")
    triage.assign(world.admin, found[0], world.owner)
    triage.accept_risk(world.owner, found[0], "Old.", timezone.now() + timedelta(days=9))
    triage.call_false_positive(world.admin, found[1], "It is a test.")
    before = decisions()
    assert decide(admin, found, "reopen").status_code == 302
    assert {one["state"] for one in decisions().values()} == {"open"}
    admin.post(UNDO)
    assert decisions() == before


def test_nothing_is_undone_where_somebody_has_decided_since(world: World, admin: Client) -> None:
    found = findings(world, "vol-1", "vol-2")
    accept(admin, found)
    triage.call_false_positive(world.owner, found[1], "It is a test.")
    after = decisions()
    answer = admin.post(UNDO, follow=True).content.decode()
    assert "Nothing was undone. Somebody has changed the decision since." in answer
    assert decisions() == after


def test_it_is_too_late_after_a_while(world: World, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(admin, findings(world, "vol-1"))
    monkeypatch.setattr(undo, "WITHIN", timedelta(0))
    assert undo.LATE in admin.post(UNDO, follow=True).content.decode()
    assert len(decisions()) == 1


def test_whoever_may_decide_no_more_undoes_nothing(world: World, client: Client) -> None:
    client.force_login(world.owner)
    accept(client, findings(world, "vol-1"))
    world.owner.role = "executive"
    world.owner.save()
    assert client.post(UNDO).status_code == 403
    assert len(decisions()) == 1


def test_a_finding_out_of_scope_is_not_undone(world: World, client: Client) -> None:
    client.force_login(world.owner)
    accept(client, findings(world, "vol-1"))
    world.owner.ownerships.all().delete()
    assert "is not in the scope" in client.post(UNDO, follow=True).content.decode()
    assert len(decisions()) == 1


def test_a_form_that_was_refused_keeps_what_was_typed(world: World, admin: Client) -> None:
    found = findings(world, "vol-1", "vol-2")
    refused = decide(admin, found, "accept", reason="Old and walled in.", expires_at="2020-01-01")
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Old and walled in." in page
    assert 'aria-describedby="id_accept-expires_at_' in page
    assert 'id="id_accept-expires_at_error"' in page
    assert "Choose a date after today" in page


def test_undo_without_a_new_page(transactional_db: None, log_in: Callable[[Any], Page], live: str) -> None:
    from tests.web.world import build

    world = build()
    [finding] = findings(world, "vol-1")
    page = log_in(world.owner)
    page.goto(live + reverse("findings:detail", args=[finding.finding_id]))
    page.get_by_text("Start work").click()
    page.get_by_label("What is being done").fill("Copying it.")
    page.get_by_role("button", name="Mark as in progress").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="Undone for 1 finding.")).to_be_visible()
    assert not Triage.objects.exists()


def test_undo_leads_back_to_the_position_in_the_list(world: World, admin: Client) -> None:
    first, _ = findings(world, "vol-1", "vol-2")
    opened = {"list": f"check={CHECK}&group=none", "place": "1"}
    page = admin.get(reverse("findings:detail", args=[first.finding_id]), opened)
    assert page.context["neighbours"].position == 1
    assert f'action="{html.escape(page.context["decide_url"])}"' in page.content.decode()
    sent = {"decision": "start", "start-reason": "Copying it."}
    decided = admin.post(page.context["decide_url"], sent)
    undone = admin.post(UNDO)
    for answer in (decided, undone):
        neighbours = admin.get(answer["Location"]).context["neighbours"]
        assert (neighbours.position, neighbours.number) == (1, 2)
