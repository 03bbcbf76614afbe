"""Registers which versions of checks and which parameters have judged.

They are kept by organization; an account's last ones are in its state.
"""

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
from posture.history.ingest.check_registry import Checks, PerRegistry
from posture.history.models import AccountSweep, CheckVersion, ParameterVersion


def register(organization_pk: int, at: datetime, result: AccountResult) -> None:
    """Register the versions of checks that judge for the first time."""
    now = {(check.id, check.version) for check in all_checks().values() if check.resource_type in result.swept_types}
    registered = CheckVersion.objects.filter(organization=organization_pk)
    known = set(registered.values_list("check_id", "version"))
    # Sorted, so that two accounts that register the same ones at the same time cannot deadlock.
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
    """Register how data is classified, if that is new.

    Return True if an account is judged by another scheme than in its `last` result: its date, and the digest of its
    scheme; where the digest is empty, that of the organization at the time is taken.
    """
    registered = ParameterVersion.objects.filter(organization=organization_pk, first_seen__lte=at).order_by(
        "first_seen"
    )
    latest, now = registered.last(), digest_of_scheme(scheme)
    if latest is None or bytes(latest.digest) != now:
        made = ParameterVersion(organization_id=organization_pk, digest=now, words=_describe(scheme), first_seen=at)
        ParameterVersion.objects.bulk_create([made], ignore_conflicts=True)
    if last is None:
        return False
    last_at, last_scheme = last
    if last_scheme:
        return last_scheme != now
    then = registered.filter(first_seen__lte=last_at).last()
    return then is not None and bytes(then.digest) != now


def digest_of_scheme(scheme: Scheme) -> bytes:
    """Return 16 bytes that are equal for equal schemes."""
    return digest(repr(scheme))


def parameters_before(organization_pk: int, account_pk: int, instants: Collection[datetime]) -> dict[datetime, bytes]:
    """Return by which scheme an account was last judged before each instant.

    A scheme is named by its digest; b"" where none is known.
    """
    registered = ParameterVersion.objects.filter(organization=organization_pk).order_by("-first_seen")
    digests = [(seen, bytes(value)) for seen, value in registered.values_list("first_seen", "digest")]
    swept = AccountSweep.objects.filter(account=account_pk, state=AccountSweep.State.DONE)
    found = dict[datetime, bytes]()
    for at in instants:
        last = swept.filter(snapshot__as_of__lt=at).aggregate(last=Max("snapshot__as_of"))["last"]
        found[at] = next((value for seen, value in digests if last and seen <= last), b"")
    return found


def _describe(scheme: Scheme) -> str:
    sensitive = ", ".join(level.name for level in scheme.levels if level.sensitive)
    return f"Tags {', '.join(scheme.keys)}; sensitive are {sensitive}."


@cache
def judging_by_parameters() -> frozenset[str]:
    """Return the checks that read the classification scheme.

    They are found by watching them judge their own examples.
    """
    return frozenset(check.id for check in all_checks().values() if _reads_parameters(check))


def _reads_parameters(check: Check) -> bool:
    with watched() as asked:
        for example in check.examples:
            check(example)
    return bool(asked)


def digest_of_rules(result: AccountResult, scheme: Scheme) -> bytes:
    """Return 16 bytes that are equal for equal regions, types and rules.

    Then nothing is judged again.
    """
    asked = [sorted(result.regions), sorted(result.swept_types), sorted(result.global_types)]
    return digest([_versions.of(all_checks()), asked, repr(scheme), _code()])


def _digest_of_versions(checks: Checks) -> str:
    return digest(sorted((each.id, each.version, int(each.severity)) for each in checks.values())).hex()


_versions = PerRegistry(_digest_of_versions)
"""Digest of the versions and severities of all checks."""


@cache
def _code() -> str:
    """Return a digest of the code that judges.

    After an upgrade every account is judged once, whatever the versions say.
    """
    hasher = hashlib.blake2b(digest_size=16)
    for package in (checks, core):
        for path in sorted(Path(str(package.__file__)).parent.glob("*.py")):
            hasher.update(path.read_bytes())
    return hasher.hexdigest()
