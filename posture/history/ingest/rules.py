"""Registers which versions of checks and which parameters have judged.

They are kept by organization; an account's last ones are in its state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Max

from posture import checks, core
from posture.checks import all_checks, own_values, read_parameters
from posture.core.classification import CLASSIFICATION, Scheme
from posture.core.parameters import NO_VALUES, Values
from posture.core.sweep import AccountResult
from posture.core.values import plain
from posture.history.canonical import digest
from posture.history.ingest.check_registry import Checks, PerRegistry
from posture.history.models import AccountParameters, AccountSweep, CheckVersion, ParameterVersion


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


def register_scheme(organization_pk: int, at: datetime, scheme: Scheme, last: tuple[datetime, bytes] | None) -> bool:
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


def register_values(account_pk: int, at: datetime, values: Values, *, is_first: bool) -> frozenset[str]:
    """Register an account's values of parameters, if they are new.

    Return the names of those that changed since its last result; none for its first.
    """
    last = AccountParameters.objects.filter(account=account_pk).order_by("first_seen").last()
    before = own_values(last.values) if last else NO_VALUES
    changed = find_differences(before, values)
    if changed:
        noted = None if is_first else dict(before)
        AccountParameters.objects.create(account_id=account_pk, first_seen=at, before=noted, values=dict(values))
    return frozenset() if is_first else changed


def find_differences(before: Values, after: Values) -> frozenset[str]:
    """Return the names of the parameters that have another value."""
    return frozenset(name for name in {*before, *after} if before.get(name) != after.get(name))


def judging_by(names: Collection[str]) -> frozenset[str]:
    """Return the checks that read any of these parameters."""
    return frozenset(check_id for check_id, read in read_parameters().items() if not read.isdisjoint(names))


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """By what an account was judged: scheme and values.

    The scheme is named by its digest; b"" where it is unknown.
    """

    scheme: bytes
    values: Values

    def differences(self, now: JudgedBy) -> frozenset[str]:
        """Return the names of the parameters that have another value now."""
        other_scheme = {CLASSIFICATION} if self.scheme not in {b"", now.scheme} else set()
        return find_differences(self.values, now.values) | other_scheme


def judged_before(organization_pk: int, account_pk: int, instants: Collection[datetime]) -> dict[datetime, JudgedBy]:
    """Return by what an account was last judged before each instant."""
    registered = ParameterVersion.objects.filter(organization=organization_pk).order_by("-first_seen")
    digests = [(seen, bytes(value)) for seen, value in registered.values_list("first_seen", "digest")]
    swept = AccountSweep.objects.filter(account=account_pk, state=AccountSweep.State.DONE)
    own = [(one.first_seen, own_values(one.values)) for one in
           AccountParameters.objects.filter(account=account_pk).order_by("-first_seen")]  # fmt: skip
    found = dict[datetime, JudgedBy]()
    for at in instants:
        last = swept.filter(snapshot__as_of__lt=at).aggregate(last=Max("snapshot__as_of"))["last"]
        scheme = next((value for seen, value in digests if last and seen <= last), b"")
        found[at] = JudgedBy(scheme, next((values for seen, values in own if last and seen <= last), NO_VALUES))
    return found


def _describe(scheme: Scheme) -> str:
    sensitive = ", ".join(level.name for level in scheme.levels if level.sensitive)
    return f"Tags {', '.join(scheme.keys)}; sensitive are {sensitive}."


def digest_of_rules(result: AccountResult, scheme: Scheme, values: Values) -> bytes:
    """Return 16 bytes that are equal for equal regions, types and rules.

    Then nothing is judged again.
    """
    asked: list[Any] = [sorted(result.regions), sorted(result.swept_types), sorted(result.global_types)]
    if result.source:
        asked.append(result.source)
    return digest([_versions.of(all_checks()), asked, repr(scheme), plain(values), _code()])


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
