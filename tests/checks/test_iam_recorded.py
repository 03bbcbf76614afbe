"""One region known to record IAM resources suffices, and an unread one may be it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from posture.checks.account_account_config import (
    EVERYTHING,
    RECORDER,
    REGIONAL,
    UNSEEN,
    config_account_iam_types_recorded,
)
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, neighbour
from posture.core.clock import Clock
from posture.core.gap import ANY, Gap, GapReason
from posture.core.outcome import Status
from posture.core.related import Neighbourhood
from posture.core.resource import GLOBAL, Resource

HERE, THERE = "eu-central-1", "eu-west-1"


def recorder(group: object, region: str = HERE, *, recording: object = True) -> Resource:
    return neighbour(RECORDER, {"recording": recording, "recordingGroup": group}, region=region, name=region)


def refused(region: str, kind: str = RECORDER, reason: GapReason = GapReason.DENIED) -> Gap:
    return Gap(EXAMPLE_ACCOUNT, region, kind, "config:DescribeConfigurationRecorders", reason, "AccessDenied")


def status(recorders: Sequence[Resource], gaps: Sequence[Gap] = ()) -> Status:
    account = neighbour("AWS::Account::Account", {}, region=GLOBAL)
    around = Neighbourhood([account, *recorders], gaps)
    return config_account_iam_types_recorded.judge(account, around, Clock(EXAMPLE_NOW)).status


@pytest.mark.parametrize(
    "hidden",
    [
        recorder(UNSEEN, THERE),
        recorder(EVERYTHING, THERE, recording=UNSEEN),
        recorder({"allSupported": UNSEEN}, THERE),
        recorder({"allSupported": True}, THERE),
        recorder({}, THERE),
    ],
)
def test_a_recorder_that_is_not_seen_hides_a_pass_and_no_known_one(hidden: Resource) -> None:
    assert status([hidden, recorder(REGIONAL)]) is Status.UNKNOWN
    assert status([recorder(REGIONAL), hidden]) is Status.UNKNOWN
    assert status([hidden, recorder(EVERYTHING)]) is Status.PASS
    assert status([recorder(EVERYTHING), hidden]) is Status.PASS


@pytest.mark.parametrize("kind", [RECORDER, ANY])
def test_a_region_that_was_refused_hides_a_pass_and_no_known_one(kind: str) -> None:
    assert status([recorder(EVERYTHING)], [refused(THERE, kind)]) is Status.PASS
    assert status([recorder(REGIONAL)], [refused(THERE, kind)]) is Status.UNKNOWN
    assert status([], [refused(THERE, kind)]) is Status.UNKNOWN


@pytest.mark.parametrize("region", [HERE, ANY])
def test_what_was_known_of_a_refused_region_proves_nothing(region: str) -> None:
    assert status([recorder(EVERYTHING)], [refused(region)]) is Status.UNKNOWN


def test_a_region_without_the_service_and_other_types_hide_nothing() -> None:
    assert status([recorder(REGIONAL)], [refused(THERE, reason=GapReason.NOT_OFFERED)]) is Status.FAIL
    assert status([recorder(REGIONAL)], [refused(THERE, "AWS::EC2::Instance")]) is Status.FAIL
