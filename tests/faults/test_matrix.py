"""Whatever AWS answers, a sweep ends, shows what is missing, concludes nothing.

Each row of the table is one fault that strikes one account. `check` holds every row to the same five rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from posture.core.gap import GapReason as Reason
from posture.history.models import AccountSweep, Snapshot
from posture.sweep import calls
from tests.faults import deeds, furnish
from tests.faults.house import AFFLICTED, BYSTANDER, AccountState, Deed, House

pytestmark = [pytest.mark.simulator]

ANSWERED = {Reason.ROLE_NOT_ASSUMED, Reason.ROLE_POLICY, Reason.SERVICE_CONTROL_POLICY, Reason.THROTTLED}
"""Why a read failed that AWS gave an answer to, which carries the request's id."""
LISTINGS = {
    "ec2:DescribeSecurityGroups": "ec2:DescribeSecurityGroups",
    "iam:GetAccountSummary": "iam:GetAccountSummary",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "secretsmanager:ListSecrets": "secretsmanager:ListSecrets",
    "efs:DescribeFileSystems": "elasticfilesystem:DescribeFileSystems",
}
"""One listing of each of AWS's protocols, and its IAM action."""
ACTIONS = tuple(LISTINGS.values())
PAGED = tuple(action for action in ACTIONS if action != "iam:GetAccountSummary")
SCP = "arn:aws:organizations::111111111111:policy/o-a1b2c3d4e5/service_control_policy/p-12ab34cd"


@dataclass(frozen=True)
class Case:
    """One fault, and what must be said of it."""

    name: str
    faults: Sequence[dict[str, Any]] = ()
    reported: Sequence[str] = ()
    """The actions that must be named as not read; none where the sweep must get over it."""
    errors: Sequence[str] = ()
    """The error of each, or one for all; AWS's code or the exception's name."""
    reason: Reason | tuple[Reason, ...] = ()
    remedy: str = ""
    """Words of the cure."""
    before: Deed | None = None
    midway: tuple[str, Deed] | None = None
    """An operation, and what happens right before it is first called."""
    ends: str = AccountSweep.State.DONE
    attempts: int = 3

    def expected(self) -> set[tuple[str, str]]:
        errors = list(self.errors) * (len(self.reported) if len(self.errors) == 1 else 1)
        return set(zip(self.reported, errors, strict=True))


def every(effect: str, **settings: Any) -> list[dict[str, Any]]:
    """Strike one listing of each protocol."""
    return [{"effect": effect, "actions": list(LISTINGS), **settings}]


def error(code: str, status: int = 400, message: str = "", actions: Sequence[str] = ("*",), **more: Any) -> Any:
    return [{"effect": "error", "actions": list(actions), "code": code, "status": status, "message": message, **more}]


CASES = [
    Case(
        "denied by an SCP, which AWS names",
        [{"effect": "deny", "actions": list(LISTINGS), "cause": "scp", "policy": SCP}],
        ACTIONS,
        ["UnauthorizedOperation", "AccessDenied", "AccessDenied", "AccessDeniedException", "AccessDeniedException"],
        Reason.SERVICE_CONTROL_POLICY,
        "p-12ab34cd",
    ),
    Case(
        "throttled for ever",
        every("throttle"),
        ACTIONS,
        ["RequestLimitExceeded", "Throttling", "SlowDown", "ThrottlingException", "TooManyRequestsException"],
        Reason.THROTTLED,
        "lower the pace",
    ),
    Case("throttled for a moment", every("throttle", times=2)),
    Case("500 for ever", every("error", status=500), ACTIONS, ["InternalFailure"], Reason.SERVICE_ERROR, "Health"),
    Case("500 once", every("error", status=500, times=1)),
    Case("503 for ever", every("error", status=503), ACTIONS, ["ServiceUnavailable"], Reason.SERVICE_ERROR, "Health"),
    Case("503 once", every("error", status=503, times=1)),
    Case(
        "connections that are reset",
        every("reset"),
        ACTIONS,
        ["*"],
        (Reason.UNREACHABLE, Reason.BAD_ANSWER, Reason.SERVICE_ERROR),
        "",
    ),
    Case("a connection that is reset once", every("reset", times=1)),
    Case(
        "no answer in time",
        every("slow", seconds=6),
        ACTIONS,
        ["ReadTimeoutError"],
        Reason.TIMED_OUT,
        "network",
        attempts=1,
    ),
    Case("bodies cut short", every("cut"), ACTIONS, ["*"], (Reason.BAD_ANSWER, Reason.SERVICE_ERROR), "again"),
    Case("a body cut short once", every("cut", times=1)),
    Case("HTML with a 502", every("html"), ACTIONS, ["*"], Reason.BAD_ANSWER, "proxy"),
    Case("HTML with a 503", every("html", status=503), ACTIONS, ["*"], Reason.SERVICE_ERROR, "Health"),
    Case("HTML with a 200", every("html", status=200), ACTIONS, ["*"], Reason.BAD_ANSWER, "proxy"),
    Case("a page token that repeats for ever", every("loop"), PAGED, ["TokenLoopError"], Reason.BAD_ANSWER),
    Case("a session that expires in mid-sweep", midway=("s3:get_bucket_policy", deeds.expire)),
    Case(
        "a session that expires again and again",
        error("ExpiredTokenException", actions=["secretsmanager:*"]),
        ["secretsmanager:ListSecrets"],
        ["ExpiredTokenException"],
        Reason.CREDENTIALS_EXPIRED,
        "revoked",
    ),
    Case(
        "a clock that is wrong, for S3",
        error("RequestTimeTooSkewed", 403, deeds.TOO_SKEWED, ["s3:*"]),
        ["s3:ListAllMyBuckets"],
        ["RequestTimeTooSkewed"],
        Reason.CREDENTIALS_EXPIRED,
        "NTP",
    ),
    Case(
        "a clock that is wrong, for all",
        error("SignatureDoesNotMatch", 403, deeds.SIGNED_TOO_LATE, ["sts:AssumeRole"]),
        ["sts:AssumeRole"],
        ["SignatureDoesNotMatch"],
        Reason.ROLE_NOT_ASSUMED,
        "NTP",
        ends=AccountSweep.State.REFUSED,
    ),
    Case(
        "a region that is disabled",
        before=deeds.disable_region,
        reported=["ec2:DescribeRegions"],
        errors=["RegionNotEnabled"],
        reason=Reason.NOT_OPTED_IN,
        remedy="Opt in",
    ),
    Case(
        "a region that is disabled in mid-sweep",
        midway=("ec2:describe_security_groups", deeds.disable_region),
        # What of the other services is asked after it hangs on the pace of this one.
        reported=["ec2:DescribeSecurityGroups", "*"],
        errors=["AuthFailure", "UnrecognizedClientException"],
        reason=Reason.CREDENTIALS_EXPIRED,
        remedy="enabled",
    ),
    Case(
        "an account suspended in mid-sweep",
        midway=("s3:list_buckets", deeds.suspend),
        reported=["sts:AssumeRole"],
        errors=["AccessDenied"],
        reason=Reason.ROLE_NOT_ASSUMED,
        remedy="suspended",
    ),
    Case("an account removed in mid-sweep", midway=("s3:list_buckets", deeds.remove)),
    Case("an account moved in mid-sweep", midway=("s3:list_buckets", deeds.move)),
    Case(
        "a role deleted in mid-sweep",
        midway=("s3:list_buckets", deeds.delete_role),
        reported=["sts:AssumeRole"],
        errors=["AccessDenied"],
        reason=Reason.ROLE_NOT_ASSUMED,
        remedy="exists",
    ),
    Case(
        "a wrong external id",
        before=deeds.change_external_id,
        reported=["sts:AssumeRole"],
        errors=["AccessDenied"],
        reason=Reason.ROLE_NOT_ASSUMED,
        remedy="external id",
        ends=AccountSweep.State.REFUSED,
    ),
    Case(
        "an identity that may not assume the role",
        [{"effect": "deny", "actions": ["sts:AssumeRole"]}],
        ["sts:AssumeRole"],
        ["AccessDenied"],
        Reason.ROLE_NOT_ASSUMED,
        "identity that the sweep starts from",
        ends=AccountSweep.State.REFUSED,
    ),
    Case("role chaining, as on an instance, in ECS or in EKS", before=deeds.start_from_a_role),
    Case(
        "role chaining refused by the trust policy",
        before=deeds.start_from_a_role_that_is_not_trusted,
        reported=["sts:AssumeRole"],
        errors=["AccessDenied"],
        reason=Reason.ROLE_NOT_ASSUMED,
        remedy=f"names role {deeds.RUNNER} of account 222222222223, as a session of which the sweep starts (role chain",
        ends=AccountSweep.State.REFUSED,
    ),
    Case(
        "role chaining refused by an SCP over the account that sweeps",
        before=deeds.start_from_a_role_that_a_policy_holds_back,
        reported=["sts:AssumeRole"],
        errors=["AccessDenied"],
        reason=Reason.ROLE_NOT_ASSUMED,
        remedy=f"refuses sts:AssumeRole: exempt role {deeds.RUNNER} of account 222222222223 that the sweep starts from",
        ends=AccountSweep.State.REFUSED,
    ),
    Case(
        "role chaining for more than an hour",
        before=deeds.start_from_a_role_and_ask_for_two_hours,
        reported=["sts:AssumeRole"],
        errors=["ValidationError"],
        reason=Reason.ROLE_NOT_ASSUMED,
        remedy="for 3600 s at most (role chaining)",
        ends=AccountSweep.State.REFUSED,
    ),
    Case(
        "time that runs out",
        midway=("s3:list_buckets", deeds.run_out_of_time),
        reported=["s3:ListAllMyBuckets"],
        errors=["TimeLimit"],
        reason=Reason.TIMED_OUT,
        remedy="time limit",
    ),
]
DENIED = [
    Case(f"denied {action}", [{"effect": "deny", "actions": [action]}], [action], ["*"], Reason.ROLE_POLICY, action)
    for action in furnish.actions()
]


def check(house: House, case: Case) -> None:
    """Hold a case to the five rules."""
    before = house.before
    strike(house, case)
    snapshot = house.sweep()
    during = {name: house.state_of(name) for name in before}

    ends(snapshot, case)
    assert during[BYSTANDER] == before[BYSTANDER], "another account was touched"
    reports(case, during[AFFLICTED])
    concludes_nothing(before[AFFLICTED], during[AFFLICTED])

    house.mend()
    house.sweep(AFFLICTED)
    after = house.state_of(AFFLICTED)
    assert after.facts == before[AFFLICTED].facts, "the next good sweep did not repair everything"
    assert not after.gaps


def strike(house: House, case: Case) -> None:
    """Bring the fault about, in one account alone."""
    control = house.estate.simulator.control
    account = house.accounts[AFFLICTED].account_id
    for fault in case.faults:
        # Of STS, the caller's account is that of the machine: it is met by the first call, which is the afflicted's.
        whose = {"accounts": [house.estate.management], "times": 1} if "sts:AssumeRole" in fault["actions"] else {}
        control.fault(**{"accounts": [account], **whose, **fault})
    if case.before:
        case.before(house)
    house.midway = case.midway


def ends(snapshot: Snapshot, case: Case) -> None:
    """One: the sweep has ended, and so has each account's part, or says why not."""
    assert snapshot.state == Snapshot.State.COMPLETE
    assert snapshot.ended_at
    states = dict(snapshot.account_sweeps.values_list("account__name", "state"))
    assert states == {AFFLICTED: case.ends, BYSTANDER: AccountSweep.State.DONE}
    if case.ends != AccountSweep.State.DONE:
        assert case.remedy in snapshot.account_sweeps.get(account__name=AFFLICTED).reason


def reports(case: Case, state: AccountState) -> None:
    """Three: the gap names the action, the error and what would mend it."""
    said = {(gap.action, gap.error) for gap in state.gaps} | state.unknown
    for action, code in case.expected():
        assert any(action in {"*", a} and code in {"*", c} for a, c in said), f"{action}: {code} is not in {said}"
    if not case.reported:
        assert not said, "the sweep had to get over it"
    for gap in state.gaps:
        assert gap.action
        assert gap.error
        assert gap.remedy
        assert gap.request_id or gap.reason not in ANSWERED, "AWS's support asks for it"
        assert "<" not in gap.message, "an answer is not quoted: it may hold anything"
    named = [gap for gap in state.gaps if gap.action in case.reported or "*" in case.reported]
    assert {gap.reason for gap in named} <= set(case.reason if isinstance(case.reason, tuple) else [case.reason])
    assert all(case.remedy in gap.remedy for gap in named), {gap.remedy for gap in named}


def concludes_nothing(before: AccountState, during: AccountState) -> None:
    """Four: nothing is closed, nothing newly compliant, and the score is no better."""
    assert set(before.resources) <= set(during.resources)
    assert not during.missed
    assert during.closed == before.closed
    assert before.findings <= during.findings
    assert all(during.passed.get(name, 0) <= count for name, count in before.passed.items())
    assert set(during.passed) <= set(before.passed)
    assert during.low is not None
    assert before.low is not None
    assert during.low <= before.low


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault(house: House, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "ATTEMPTS", case.attempts)

    check(house, case)


@pytest.mark.parametrize("case", DENIED, ids=lambda case: case.name)
def test_a_denial(house: House, case: Case) -> None:
    check(house, case)
