"""A gap: a listing that could not be read, so nothing is concluded about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

ANY = "*"
"""Stands for every region or every resource type in a gap."""


class GapReason(StrEnum):
    """Why a read failed, as far as AWS's answer says."""

    ROLE_NOT_ASSUMED = "role_not_assumed"
    ROLE_POLICY = "role_policy"
    PERMISSIONS_BOUNDARY = "permissions_boundary"
    SESSION_POLICY = "session_policy"
    SERVICE_CONTROL_POLICY = "service_control_policy"
    RESOURCE_CONTROL_POLICY = "resource_control_policy"
    RESOURCE_POLICY = "resource_policy"
    DENIED = "denied"
    ROLE_OUT_OF_DATE = "role_out_of_date"
    NOT_OPTED_IN = "not_opted_in"
    NOT_OFFERED = "not_offered"
    SERVICE_NOT_ENABLED = "service_not_enabled"
    PLAN_MISSING = "plan_missing"
    THROTTLED = "throttled"
    CREDENTIALS_EXPIRED = "credentials_expired"
    TIMED_OUT = "timed_out"
    SERVICE_ERROR = "service_error"
    BAD_ANSWER = "bad_answer"
    UNREACHABLE = "unreachable"

    @property
    def blinds(self) -> bool:
        """Whether something may be there that we did not see.

        Where a service is off, not sold to the account or not offered in the region, there is
        nothing to see: that is an answer, shown as such, and no blind spot.
        """
        return self not in {
            GapReason.NOT_OPTED_IN,
            GapReason.NOT_OFFERED,
            GapReason.SERVICE_NOT_ENABLED,
            GapReason.PLAN_MISSING,
        }

    @property
    def moves_score(self) -> bool:
        """Whether locations behind it, where nothing was ever seen, count as unknown.

        A role that is older than the code hides what the product did not look at before either: that
        is no change in the account. It still blinds, and closes nothing.
        """
        return self.blinds and self is not GapReason.ROLE_OUT_OF_DATE


@dataclass(frozen=True, slots=True)
class Gap:
    """A listing that failed: one resource type in one region of one account.

    `region` and `resource_type` may be `ANY` (the role could not be assumed: nothing was read).
    `action` is the IAM action that failed, `error` AWS's code, `message` AWS's words without
    request ids, `remedy` one sentence that says what would mend it.
    """

    account_id: str
    region: str
    resource_type: str
    action: str
    reason: GapReason
    error: str
    message: str = ""
    remedy: str = ""
    request_id: str = field(default="", compare=False, repr=False)
    """AWS's own name for the request that failed: another each time, so the gap is the same whatever it is."""
    within: str = ""
    """How the ARNs of what it hides begin, such as that of one cluster; empty where it hides everything."""

    def covers(self, region: str, resource_type: str, arn: str = "") -> bool:
        """Whether a resource of this type and region is inside the gap.

        If an ARN is given: whether the resource of this ARN is.
        """
        if arn and not arn.startswith(self.within):
            return False
        return self.region in {ANY, region} and self.resource_type in {ANY, resource_type}
