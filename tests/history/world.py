"""Builds what the history records: organizations, accounts, resources, results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from accounts.models import AwsAccount, Organization, OrganizationalUnit, User
from posture.checks import judge
from posture.core.clock import Clock
from posture.core.gap import ANY, Gap, GapReason
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.core.values import Unknown
from posture.history.ingest import Recorded, record_account
from posture.history.models import AccountSweep, Snapshot
from tests.history.rules import BUCKET, VOLUME

REGIONS = ("eu-central-1", "us-east-1")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
DENIED = Unknown("s3:GetBucketPolicy", "AccessDenied", GapReason.DENIED)
OUTDATED = Unknown("s3:GetBucketPolicy", "AccessDenied", GapReason.ROLE_OUT_OF_DATE)

_numbers = count(1)


def organization(**fields: Any) -> Organization:
    number = next(_numbers)
    return Organization.objects.create(
        **{
            "name": f"Organization {number}",
            "root_account_id": f"{900_000_000_000 + number}",
            "state": Organization.State.CONNECTED,
        }
        | fields
    )


def unit(organization: Organization, name: str, parent: OrganizationalUnit | None = None) -> OrganizationalUnit:
    ou_id = f"ou-{next(_numbers):04}"
    path = f"{parent.path if parent else '/r-root/'}{ou_id}/"
    return OrganizationalUnit.objects.create(
        organization=organization, ou_id=ou_id, name=name, parent=parent, path=path
    )


def account(organization: Organization, **fields: Any) -> AwsAccount:
    number = next(_numbers)
    values = {"account_id": f"{100_000_000_000 + number}", "name": f"account-{number}", "joined_at": START} | fields
    return AwsAccount.objects.create(organization=organization, **values)


def user(role: str = "admin", **fields: Any) -> User:
    number = next(_numbers)
    return User.objects.create(username=f"user-{number}", role=role, **fields)


def day(number: float) -> datetime:
    """Return an instant of the story: noon of its day `number`."""
    return START + timedelta(days=number)


def bucket(
    name: str, tags: Mapping[str, str] | Unknown | None = None, region: str = REGIONS[0], **config: Any
) -> Resource:
    """A private, encrypted bucket unless `config` says otherwise."""
    return Resource(
        BUCKET, f"arn:aws:s3:::{name}", "", region, name, {"Public": False, "Encrypted": True} | config,
        raw_tags=tags or {},
    )  # fmt: skip


def volume(name: str, region: str = REGIONS[0], observed: Mapping[str, Any] | None = None, **config: Any) -> Resource:
    """An encrypted volume unless `config` says otherwise."""
    arn = f"arn:aws:ec2:{region}::volume/{name}"
    return Resource(VOLUME, arn, "", region, name, {"Encrypted": True} | config, raw_observed=observed or {})


def gap(resource_type: str = ANY, region: str = ANY, reason: GapReason = GapReason.DENIED, action: str = "") -> Gap:
    return Gap("", region, resource_type, action or f"list {resource_type}", reason, "AccessDenied", "no", "Allow it.")


def result_of(
    account: AwsAccount,
    at: datetime,
    resources: Iterable[Resource] = (),
    gaps: Sequence[Gap] = (),
    **rest: Any,
) -> AccountResult:
    """A judged result that asked about both types in both regions, or as `rest` says."""
    owned = [replace(resource, account_id=account.account_id) for resource in resources]
    fields: dict[str, Any] = {"regions": REGIONS, "swept_types": (BUCKET, VOLUME), "global_types": (BUCKET,)} | rest
    return AccountResult(
        account_id=account.account_id,
        now=at,
        resources=owned,
        gaps=gaps,
        judgements=list(judge(owned, gaps, Clock(at))),
        **fields,
    )


def snapshot(organization: Organization, at: datetime, **fields: Any) -> Snapshot:
    values = {"state": Snapshot.State.COMPLETE, "trigger": Snapshot.Trigger.SCHEDULE} | fields
    return Snapshot.objects.create(organization=organization, as_of=at, **values)


def sweep(
    account: AwsAccount,
    at: datetime,
    resources: Iterable[Resource] = (),
    gaps: Sequence[Gap] = (),
    *,
    judged: bool = True,
    **rest: Any,
) -> Recorded:
    """Record what an account answered at an instant.

    Where it was not judged, recording judges what it must.
    """
    existing = Snapshot.objects.filter(organization=account.organization, as_of=at).first()
    part, _ = AccountSweep.objects.get_or_create(
        snapshot=existing or snapshot(account.organization, at), account=account, defaults={"state": "done"}
    )
    result = result_of(account, at, resources, gaps, **rest)
    return record_account(part, result if judged else replace(result, judgements=(), is_judged=False))
