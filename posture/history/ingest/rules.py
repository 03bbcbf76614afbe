"""Keeps which versions of the checks, and which parameters, have judged an organization and each account."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db.models import Max

from posture import checks, core
from posture.checks import all_checks
from posture.core.check import Check
from posture.core.classification import Scheme, watched
from posture.core.sweep import AccountResult
from posture.history.canonical import digest
from posture.history.ingest.check_registry import Checks, Once
from posture.history.models import AccountSweep, CheckVersion, ParameterVersion


def register(organization_pk: int, at: datetime, result: AccountResult) -> None:
    """Enter the versions of checks that judge for the first time."""
    now = {(check.id, check.version) for check in all_checks().values() if check.resource_type in result.swept_types}
    entered = CheckVersion.objects.filter(organization=organization_pk)
    known = set(entered.values_list("check_id", "version"))
    # Sorted, so that two accounts that enter the same ones at once wait for each other in one order.
    CheckVersion.objects.bulk_create(
        (
            CheckVersion(organization_id=organization_pk, check_id=check_id, version=version, first_seen=at)
            for check_id, version in sorted(now - known)
        ),
        ignore_conflicts=True,
    )


def register_parameters(
    organization_pk: int, at: datetime, scheme: Scheme, last: tuple[datetime, bytes] | None
) -> bool:
    """Enter by what data is classified, if that is new.

    Tell whether an account is judged by another than when it was recorded `last`; of what was recorded before the
    digest of that was kept, the organization's at the time is taken.
    """
    entered = ParameterVersion.objects.filter(organization=organization_pk, first_seen__lte=at).order_by("first_seen")
    latest, now = entered.last(), digest_of_scheme(scheme)
    if latest is None or bytes(latest.digest) != now:
        made = ParameterVersion(organization_id=organization_pk, digest=now, words=_words(scheme), first_seen=at)
        ParameterVersion.objects.bulk_create([made], ignore_conflicts=True)
    if last is None:
        return False
    last_at, last_scheme = last
    if last_scheme:
        return last_scheme != now
    then = entered.filter(first_seen__lte=last_at).last()
    return then is not None and bytes(then.digest) != now


def digest_of_scheme(scheme: Scheme) -> bytes:
    """Return 16 bytes that are equal where data is classified alike."""
    return digest(repr(scheme))


def parameters_before(organization_pk: int, account_pk: int, instants: Collection[datetime]) -> dict[datetime, bytes]:
    """Return by which parameters an account was last judged before each of some instants: their digest."""
    entered = ParameterVersion.objects.filter(organization=organization_pk).order_by("-first_seen")
    told = [(seen, bytes(value)) for seen, value in entered.values_list("first_seen", "digest")]
    swept = AccountSweep.objects.filter(account=account_pk, state=AccountSweep.State.DONE)
    found = dict[datetime, bytes]()
    for at in instants:
        last = swept.filter(snapshot__as_of__lt=at).aggregate(last=Max("snapshot__as_of"))["last"]
        found[at] = next((value for seen, value in told if last and seen <= last), b"")
    return found


def _words(scheme: Scheme) -> str:
    sensitive = ", ".join(level.name for level in scheme.levels if level.sensitive)
    return f"Tags {', '.join(scheme.keys)}; sensitive are {sensitive}."


@cache
def judging_by_parameters() -> frozenset[str]:
    """Return the checks that judge by how data is classified: found by watching them judge their own examples."""
    return frozenset(check.id for check in all_checks().values() if _asks_for_parameters(check))


def _asks_for_parameters(check: Check) -> bool:
    with watched() as asked:
        for example in check.examples:
            check(example)
    return bool(asked)


def digest_of_rules(result: AccountResult, scheme: Scheme) -> bytes:
    """Return 16 bytes that are equal where results were asked and are judged alike: then nothing is judged again."""
    asked = [sorted(result.regions), sorted(result.swept_types), sorted(result.global_types)]
    return digest([_versions.of(all_checks()), asked, repr(scheme), _code()])


def _digest_of_versions(checks: Checks) -> str:
    return digest(sorted((each.id, each.version, int(each.severity)) for each in checks.values())).hex()


_versions = Once(_digest_of_versions)
"""Stands for the versions and severities of all checks."""


@cache
def _code() -> str:
    """Return a digest of what judges: after an upgrade every account is judged once, whatever versions say."""
    read = hashlib.blake2b(digest_size=16)
    for package in (checks, core):
        for path in sorted(Path(str(package.__file__)).parent.glob("*.py")):
            read.update(path.read_bytes())
    return read.hexdigest()
