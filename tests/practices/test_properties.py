"""Shares by kind and property add up, lead to their findings, and hide nothing."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from posture.checks import all_checks
from posture.core.check import denied
from posture.history.models import Snapshot
from posture.history.upkeep.finish import finish_snapshot
from posture.pages.practices.properties import PROPERTIES, property_of
from tests.findings.samples import record, volume
from tests.web.world import World


@pytest.mark.parametrize("practice", PROPERTIES)
def test_each_ending_finds_a_check_of_its_practice(practice: str) -> None:
    ids = [one.id for one in all_checks().values() if f"practices:{practice}" in one.controls]
    endings = [ending for some in PROPERTIES[practice].values() for ending in some]
    assert [ending for ending in endings if not any(one.endswith(ending) for one in ids)] == []


@pytest.mark.parametrize(
    ("practice", "check", "expected"),
    [
        ("encryption", "rds_instance_encrypted", "At rest"),
        ("encryption", "rds_instance_tls_required", "In transit"),
        ("encryption", "msk_cluster_clients_encrypted", "In transit"),
        ("encryption", "kms_key_rotation_enabled", ""),
        ("legacy", "lambda_function_runtime_supported", "In support"),
        ("data", "rds_instance_backups_kept", "Backed up"),
        ("activity", "elbv2_load_balancer_logs", "Requests logged"),
        ("iam", "rds_instance_encrypted", ""),
    ],
)
def test_a_check_judges_one_property(practice: str, check: str, expected: str) -> None:
    assert check in all_checks()
    assert property_of(practice, check) == expected


@pytest.mark.django_db
def test_the_panel_counts_what_its_links_list(world: World, client: Client) -> None:
    unread = volume("vol-4", encrypted=denied("ec2:DescribeVolumes"))
    record(world.ours, [volume("vol-1"), volume("vol-2"), volume("vol-3", encrypted=True), unread])
    for one in Snapshot.objects.all():
        finish_snapshot(one)
    client.force_login(world.owner)
    response = client.get("/practices/encryption/")
    panel = response.context["properties"]
    assert panel.rows == [("EBS volumes", 1, 2, 1)]
    assert panel.title == "At rest: 2 of 4 not, as far as it was read"
    assert "EBS volumes, at rest: 2 of 4 not" in response.content.decode()
    assert 'fill="url(#pl-hatch)"' in panel.drawing
    (url,) = set(re.findall(r'href="([^"]*check=[^"]*)"', panel.drawing))
    listed = client.get(f"{html.unescape(url)}&export=csv")
    assert len(b"".join(listed.streaming_content).splitlines()) == 1 + 2  # type: ignore[attr-defined]  # of an export


@pytest.mark.django_db
def test_without_anything_to_judge_there_is_no_panel(world: World, client: Client) -> None:
    record(world.ours, [volume("vol-1", encrypted=True)])
    client.force_login(world.owner)
    assert client.get("/practices/legacy/").context.get("properties") is None
    assert 'id="properties"' not in client.get("/practices/legacy/").content.decode()
