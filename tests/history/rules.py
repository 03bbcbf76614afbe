"""Three small checks over two types.

They need no Django, since they exist before it is set up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from posture import checks
from posture.core import registry
from posture.core.check import Check, Remediation, check
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

BUCKET, VOLUME = "AWS::S3::Bucket", "AWS::EC2::Volume"
NO_REMEDY = Remediation(console="Open the console.")


@check(
    resource_type=BUCKET, title="Bucket is private", problem="Bucket is public",
    severity=Severity.CRITICAL, controls=("practices:data",),
    examples=(), remediation=NO_REMEDY,
)  # fmt: skip
def bucket_private(bucket: Resource) -> Outcome:
    """Public buckets leak."""
    if bucket.config.get("Website"):
        return not_applicable("The bucket serves a website.", "Website")
    if bucket.config.get("Public"):
        return failed("The bucket is public.", "Public")
    return passed("The bucket is private.", "Public")


@check(
    resource_type=BUCKET, title="Bucket is encrypted", problem="Bucket is not encrypted",
    severity=Severity.MEDIUM,
    controls=("practices:data", "practices:encryption"), examples=(), remediation=NO_REMEDY,
)  # fmt: skip
def bucket_encrypted(bucket: Resource) -> Outcome:
    """Encryption protects."""
    return passed("Encrypted.") if bucket.config.get("Encrypted") else failed("Not encrypted.", "Encrypted")


@check(
    resource_type=VOLUME, title="Volume is encrypted", problem="Volume is not encrypted",
    severity=Severity.HIGH, controls=("practices:encryption",),
    examples=(), remediation=NO_REMEDY,
)  # fmt: skip
def volume_encrypted(volume: Resource) -> Outcome:
    """Encryption protects."""
    return passed("Encrypted.") if volume.config.get("Encrypted") else failed("Not encrypted.", "Encrypted")


CHECKS: dict[str, Check] = {each.id: each for each in (bucket_private, bucket_encrypted, volume_encrypted)}


@contextmanager
def in_force() -> Iterator[dict[str, Check]]:
    """Run these checks, and no others; the dict may be changed, and `reload` called."""
    declared = dict(CHECKS)
    with pytest.MonkeyPatch.context() as patch:
        real = registry.declared
        patch.setattr(
            checks, "declared", lambda package, kind, key: dict(declared) if kind is Check else real(package, kind, key)
        )
        reload()
        yield declared
    reload()


def reload() -> None:
    """Forget the checks that are cached."""
    checks.all_checks.cache_clear()
    checks.checks_of.cache_clear()
    checks.read_parameters.cache_clear()
