"""Differences in words: policies as sentences, unknown values as such."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posture.core.values import Unknown
from posture.history.models import ResourceRecord
from posture.history.query import ConfigChange, diff_values
from posture.pages.drift.differences import MOST_LINES, MOST_SENTENCES, sentence, shown, written
from tests.web import story
from tests.web.world import World


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]},
            "Lets everyone do s3:GetObject on arn:aws:s3:::b/*.",
        ),
        (
            {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["*"], "Resource": ["*"]},
            "Lets everyone do anything.",
        ),
        (
            {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": {"Bool": {}}},
            "Forbids whoever holds it to do anything under a condition.",
        ),
        (
            {"Effect": "Deny", "NotPrincipal": {"AWS": "1"}, "NotAction": "s3:Get*", "Resource": "*"},
            "Forbids everyone but 1 to do all but s3:Get*.",
        ),
    ],
)
def test_a_statement_is_a_sentence(statement: dict[str, Any], words: str) -> None:
    assert sentence(statement) == words


def test_a_policy_that_was_added_is_shown_statement_by_statement() -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}]}
    found = shown(ConfigChange("Policy", "added", None, policy))
    before, after = found.sides
    assert not before.is_there
    assert after.sentences == ["Lets everyone do s3:*."]
    assert {sign for sign, _ in found.lines} == {"added"}


def test_what_could_not_be_read_is_said() -> None:
    unknown = Unknown("s3:GetBucketPolicy", "AccessDenied", "denied")
    found = shown(ConfigChange("Policy", "sight", None, unknown))
    assert found.lines == [("added", "could not be read: s3:GetBucketPolicy failed with AccessDenied")]
    assert [side.is_unknown for side in found.sides] == [False, True]
    assert "AccessDenied" in "".join(written({"Inner": unknown}))


@pytest.mark.django_db
def test_what_could_not_be_read_is_no_addition(world: World, client: Client) -> None:
    """A field that cannot be read any more is drawn as not seen next to what it was."""
    now = timezone.now()
    for days, encrypted in ((3, True), (1, Unknown("ec2:DescribeVolumes", "AccessDenied", "denied"))):
        volume = story.volume("vol-1", encrypted=True)
        volume = replace(volume, raw_config={**volume.raw_config, "Encrypted": encrypted})
        story.sweep(world, now - timedelta(days=days), {world.ours.pk: [volume]})
    resource_id = ResourceRecord.objects.filter(account=world.ours, name="vol-1")[0].resource_id
    client.force_login(world.owner)
    page = client.get(reverse("drift:difference", args=[resource_id]), {"since": (now - timedelta(days=2)).isoformat()})
    text = page.content.decode()
    assert "could not be read: ec2:DescribeVolumes failed with AccessDenied" in text
    assert 'class="pl-side pl-unseen"' in text
    assert "pl-diff-added" not in text
    assert "pl-diff-removed" not in text


def test_false_and_zero_are_values() -> None:
    found = shown(ConfigChange("Encrypted", "changed", False, 0))
    assert found.lines == [("removed", "false"), ("added", "0")]


def test_a_large_difference_is_shown_in_part() -> None:
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": f"s3:{number}"} for number in range(1000)]}
    found = shown(ConfigChange("Policy", "added", None, policy))
    assert (len(found.sides[1].sentences), len(found.lines)) == (MOST_SENTENCES, MOST_LINES)
    assert found.more == 1000 - MOST_SENTENCES + len(written(policy)) - MOST_LINES


def test_many_equal_items_are_matched_in_proportion() -> None:
    before, after = ({"Rules": [{"Port": 22}] * number} for number in (20_000, 20_001))
    began = time.process_time()
    assert [one.kind for one in diff_values(before, after)] == ["added"]
    assert time.process_time() - began < 5


@pytest.mark.parametrize("effect", [[], {}, ["Allow"], None])
def test_an_odd_effect_is_no_statement(effect: Any) -> None:
    """Text from AWS may hold anything; the difference shows it as it is."""
    (added,) = diff_values({}, {"Policy": {"Effect": effect, "Statement": effect}})
    assert not any(side.sentences for side in shown(added).sides)
