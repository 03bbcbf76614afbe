"""Resources through time: what is written, and what a gap must never do."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection

from accounts.models import AwsAccount
from posture.core.gap import ANY, Gap, GapReason
from posture.history.models import AccountState, ClosedVersion, ResourceRecord, StoredResource, StoredVersion
from tests.history.rules import BUCKET
from tests.history.world import DENIED, REGIONS, account, bucket, day, gap, organization, sweep, volume

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> AwsAccount:
    return account(organization())


def names(at: datetime) -> set[str]:
    valid = ResourceRecord.objects.filter(valid_from__lte=at).exclude(valid_to__lte=at)
    return {record.name for record in valid}


def test_a_first_version_is_written_whole(acme: AwsAccount) -> None:
    recorded = sweep(acme, day(0), [bucket("logs", {"team": "blue"}, Policy={"Version": "2012-10-17"})])

    record = ResourceRecord.objects.get()
    assert recorded.applied
    assert recorded.resources == 1
    assert record.name == "logs"
    assert record.arn == "arn:aws:s3:::logs"
    assert record.config["Policy"] == {"Version": "2012-10-17"}
    assert record.tags == {"team": "blue"}
    assert record.first_seen == record.valid_from == day(0)
    assert record.valid_to is None
    assert record.as_resource().hash == bytes(record.hash)


def test_what_did_not_change_is_not_written(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs")])
    before = StoredVersion.objects.get().version_id

    recorded = sweep(acme, day(1), [bucket("logs")])

    assert recorded.note == "Nothing has changed."
    assert StoredVersion.objects.get().version_id == before
    assert not ClosedVersion.objects.exists()


def test_a_change_closes_one_version_and_opens_the_next(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs"), bucket("data")])
    sweep(acme, day(1), [bucket("logs", Versioning="Enabled"), bucket("data")])

    old, new = ResourceRecord.objects.filter(name="logs").order_by("valid_from")
    assert (old.valid_from, old.valid_to, old.close_reason, old.gone_at) == (day(0), day(1), "changed", None)
    assert (new.valid_from, new.valid_to) == (day(1), None)
    assert new.resource_id == old.resource_id
    assert "Versioning" not in old.config
    assert new.config["Versioning"] == "Enabled"
    assert ResourceRecord.objects.filter(name="data").count() == 1


def test_a_vanished_resource_is_closed_at_the_second_miss(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs")])
    sweep(acme, day(1), [])
    assert names(day(1)) == {"logs"}
    assert StoredResource.objects.get().unseen_since == day(1)

    sweep(acme, day(2), [])

    assert names(day(1.5)) == {"logs"}
    assert names(day(2)) == set()
    gone = ResourceRecord.objects.get()
    assert (gone.gone_at, gone.close_reason) == (day(2), "deleted")


def test_a_resource_that_a_read_by_id_did_not_find_is_closed_at_once(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs")])
    sweep(acme, day(1), [], confirmed_gone=["arn:aws:s3:::logs"])

    assert names(day(1)) == set()


def test_a_miss_that_was_a_mistake_leaves_no_trace_but_the_unreadable_time(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs")])
    sweep(acme, day(1), [])
    sweep(acme, day(2), [bucket("logs")])
    sweep(acme, day(3), [])

    stored = StoredResource.objects.get()
    assert ResourceRecord.objects.count() == 1
    assert stored.gone_at is None
    assert stored.missed_at == stored.unseen_since == day(3)
    assert [(period.lower, period.upper) for period in stored.unseen_periods] == [(day(1), day(2))]


def test_a_reappearing_resource_is_the_same_resource(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs")])
    first = StoredResource.objects.get().pk
    sweep(acme, day(1), [])
    sweep(acme, day(2), [])
    sweep(acme, day(3), [bucket("logs")])

    stored = StoredResource.objects.get()
    assert (stored.pk, stored.gone_at, stored.first_seen) == (first, None, day(0))
    assert names(day(2.5)) == set()
    assert names(day(3)) == {"logs"}


@pytest.mark.parametrize("blind", [gap(BUCKET), gap(ANY), gap(BUCKET, REGIONS[1])])
def test_a_gap_closes_nothing_however_long_it_lasts(acme: AwsAccount, blind: Gap) -> None:
    sweep(acme, day(0), [bucket("logs", region=REGIONS[1])])
    for number in range(1, 5):
        sweep(acme, day(number), [], [blind])

    assert names(day(4)) == {"logs"}
    assert StoredResource.objects.get().unseen_since == day(1)


def test_a_gap_of_a_type_listed_once_hides_it_in_every_region(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs", region="ap-south-1")])
    for number in (1, 2, 3):
        sweep(acme, day(number), [], [gap(BUCKET, REGIONS[0])])

    assert names(day(3)) == {"logs"}


def test_a_miss_does_not_ripen_inside_a_gap(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs")])
    sweep(acme, day(1), [])
    sweep(acme, day(2), [], [gap(BUCKET)])
    assert names(day(2)) == {"logs"}

    sweep(acme, day(3), [])

    assert names(day(3)) == set()


def test_where_a_service_says_that_it_is_off_there_is_nothing(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs")])
    for number in (1, 2):
        sweep(acme, day(number), [], [gap(BUCKET, reason=GapReason.SERVICE_NOT_ENABLED)])

    assert names(day(2)) == set()


def test_what_was_not_asked_about_stays(acme: AwsAccount) -> None:
    sweep(acme, day(0), [volume("here"), volume("there", REGIONS[1]), bucket("logs", region="ap-south-1")])
    for number in (1, 2, 3):
        sweep(acme, day(number), [volume("here")], regions=REGIONS[:1], swept_types=(volume("x").type,))

    assert names(day(3)) == {"here", "there", "logs"}
    assert not StoredResource.objects.exclude(unseen_since=None).exists()


def test_results_out_of_order_or_delivered_twice_change_nothing(acme: AwsAccount) -> None:
    sweep(acme, day(1), [bucket("logs")])

    older = sweep(acme, day(0), [bucket("other")])
    same = sweep(acme, day(1), [bucket("other")])

    assert not older.applied
    assert not same.applied
    assert "already recorded as of 2026-01-02" in older.note
    assert names(day(2)) == {"logs"}


def test_a_result_of_another_account_is_refused(acme: AwsAccount) -> None:
    from posture.history.ingest import record_account
    from posture.history.models import AccountSweep
    from tests.history.world import result_of, snapshot

    part = AccountSweep.objects.create(snapshot=snapshot(acme.organization, day(0)), account=acme)
    other = account(acme.organization)

    with pytest.raises(ValueError, match=other.account_id):
        record_account(part, result_of(other, day(0)))


def test_a_field_that_became_unknown_is_a_change_of_visibility_alone(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs", Policy={"Allow": "*"})])
    sweep(acme, day(1), [bucket("logs", Policy=DENIED)])
    sweep(acme, day(2), [bucket("logs", Policy=DENIED, Versioning="Enabled")])
    sweep(acme, day(3), [bucket("logs", Policy={"Allow": "*"}, Versioning="Enabled")])

    first, denied, changed, back = ResourceRecord.objects.order_by("valid_from")
    assert denied.config["Policy"] == DENIED
    assert denied.hash != first.hash
    assert denied.known_hash == first.known_hash
    assert denied.last_known_config["Policy"] == {"Allow": "*"}
    assert changed.known_hash == back.known_hash != denied.known_hash


def test_observed_fields_make_no_versions_and_keep_their_latest_value(acme: AwsAccount) -> None:
    sweep(acme, day(0), [volume("v", observed={"State": "creating"})])
    sweep(acme, day(1), [volume("v", observed={"State": "in-use"})])
    record = ResourceRecord.objects.get()
    assert (record.observed, record.valid_from) == ({"State": "in-use"}, day(0))

    sweep(acme, day(2), [volume("v")])
    assert ResourceRecord.objects.get().observed == {}


def test_hostile_text_is_stored(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("a\x00<script>", {"k\x00": "v\x00"}, Note="x\x00y")])

    record = ResourceRecord.objects.get()
    assert record.name == "a\ufffd<script>"
    assert record.tags == {"k\ufffd": "v\ufffd"}
    assert record.config["Note"] == "x\x00y"


def test_classification_follows_the_organizations_keys(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs", {"data-classification": "PII", "secrecy": "Confidential"}), bucket("plain")])
    assert dict(ResourceRecord.objects.values_list("name", "classification")) == {"logs": "pii", "plain": ""}

    acme.organization.classification_keys = ["Secrecy"]
    acme.organization.save()
    sweep(acme, day(1), [bucket("logs", {"data-classification": "PII", "secrecy": "Confidential"}), bucket("plain")])

    assert ResourceRecord.objects.get(name="logs").classification == "confidential"
    assert not ClosedVersion.objects.exists()


@pytest.mark.parametrize("is_gap", [True, False])
def test_what_was_unreadable_while_the_keys_changed_follows_them_when_it_is_back(
    acme: AwsAccount, *, is_gap: bool
) -> None:
    logs, plain = bucket("logs", {"data-classification": "PII", "secrecy": "Confidential"}), bucket("plain")
    sweep(acme, day(0), [logs, plain])
    acme.organization.classification_keys = ["Secrecy"]
    acme.organization.save()
    sweep(acme, day(1), [] if is_gap else [plain], [gap(BUCKET)] if is_gap else [])
    assert ResourceRecord.objects.get(name="logs").classification == "pii", "as it was last seen"

    sweep(acme, day(2), [logs, plain])

    assert ResourceRecord.objects.get(name="logs").classification == "confidential"
    assert not ClosedVersion.objects.exists()
    # What is kept of the past is read again.
    assert AccountState.objects.get(account=acme).rerated_at == day(2)


def test_an_account_that_is_deleted_takes_its_history_along(acme: AwsAccount) -> None:
    sweep(acme, day(0), [bucket("logs", Public=True)])
    sweep(acme, day(1), [bucket("logs")])
    acme.organization.delete()

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not ResourceRecord.objects.exists()
    assert not StoredResource.objects.exists()
