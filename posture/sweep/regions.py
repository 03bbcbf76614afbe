"""The swept regions: those that the account has enabled and are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posture.core.gap import ANY, Gap, GapReason
from posture.sweep.ask import Perform
from posture.sweep.errors import AskError, CancelledError, Failure, classify, remedy_for

HOMES = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
}
"""The region in which a partition keeps its global services."""


def home_of(partition: str) -> str:
    """Return a partition's home region; LookupError says which partitions there are."""
    try:
        return HOMES[partition]
    except KeyError:
        raise LookupError(f"no partition is called {partition!r}: write one of {', '.join(HOMES)}") from None


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions to ask, and what is known of the others."""

    asked: Sequence[str]
    closed: Sequence[Gap] = ()
    """Wanted, and not enabled in the account."""
    failure: Failure | None = None
    """The account did not report its regions, and none were wanted: none is asked."""


def enabled(perform: Perform, home: str) -> list[str]:
    """Return the regions that are enabled for the account; raises `AskError`."""
    try:
        answer = perform("ec2", "describe_regions", home, {"AllRegions": False})
    except (AskError, CancelledError):
        raise
    except Exception as error:
        raise AskError(classify(error, "ec2:DescribeRegions")) from error
    return sorted(region["RegionName"] for region in answer.get("Regions", ()))


def choose(perform: Perform, account_id: str, home: str, wanted: Sequence[str]) -> Regions:
    """Return which regions to ask.

    A wanted region that is not enabled is an answer (nothing can be in it). Where the account does not
    say, the wanted regions are asked, each to fail by itself.
    """
    try:
        known = enabled(perform, home)
    except AskError as error:
        return Regions(list(wanted), failure=None if wanted else error.failure)
    if not wanted:
        return Regions(known)
    closed = [_not_enabled(account_id, region) for region in wanted if region not in known]
    return Regions([region for region in known if region in wanted], closed)


def _not_enabled(account_id: str, region: str) -> Gap:
    reason, action = GapReason.NOT_OPTED_IN, "ec2:DescribeRegions"
    message = f"{region} is not enabled in account {account_id}."
    return Gap(account_id, region, ANY, action, reason, "RegionNotEnabled", message, remedy_for(reason, action))
