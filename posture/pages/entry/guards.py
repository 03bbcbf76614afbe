"""Guards of doors: which checks judge each, and what their outcomes add up to.

Nothing is judged here. A guard holds where its checks pass, and is missing where one of them has an open finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.checks import all_checks
from posture.core.clock import Clock
from posture.core.outcome import Status
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.history.query import Triage
from posture.pages.entry.kinds import (
    BALANCER,
    BUCKET,
    CERTIFICATE,
    CLASSIC,
    DATABASE,
    DISTRIBUTION,
    FUNCTION,
    HTTP_API,
    HTTP_STAGE,
    INSTANCE,
    KUBERNETES,
    REST_API,
    REST_STAGE,
    SEARCH,
    WAREHOUSE,
)


class Guard(StrEnum):
    """What can keep strangers from getting through a door."""

    ENCRYPTION = "encryption"
    CERTIFICATE = "certificate"
    CALLER = "caller"
    SOURCE = "source"
    WAF = "waf"
    LOG = "log"


class GuardState(StrEnum):
    """How a guard is, best first."""

    YES = "yes"
    OLD = "old"
    """It is there, and accepts versions that are out of date."""
    NO = "no"
    ACCEPTED = "accepted"
    """It is missing, and somebody has accepted that."""
    UNSEEN = "unseen"
    NONE = "none"
    """Doors of this kind cannot have it, or no check judges it."""


class DoorState(StrEnum):
    """How a door is, worst first."""

    OPEN = "open"
    WEAK = "weak"
    UNSEEN = "unseen"
    MEANT = "meant"


GUARD_NAMES = {
    Guard.ENCRYPTION: "Encrypted, TLS 1.2 or newer",
    Guard.CERTIFICATE: "Certificate holds",
    Guard.CALLER: "Asks who is calling",
    Guard.SOURCE: "Narrowed to known networks",
    Guard.WAF: "Behind a WAF",
    Guard.LOG: "Logs its requests",
}
GUARD_STATE_NAMES = {
    GuardState.YES: "yes",
    GuardState.OLD: "old",
    GuardState.NO: "no",
    GuardState.ACCEPTED: "accepted",
    GuardState.UNSEEN: "not seen",
    GuardState.NONE: "n/a",
}
DOOR_STATE_NAMES = {
    DoorState.OPEN: "lets anyone in",
    DoorState.WEAK: "weak",
    DoorState.UNSEEN: "not seen",
    DoorState.MEANT: "as meant",
}
CHECKS: Mapping[str, Mapping[Guard, Sequence[str]]] = {
    CLASSIC: {
        Guard.ENCRYPTION: ("elb_load_balancer_listens_by_tls",),
        Guard.LOG: ("elb_load_balancer_logs",),
    },
    BALANCER: {
        Guard.ENCRYPTION: ("elbv2_load_balancer_http_redirected", "elbv2_load_balancer_modern_tls"),
        Guard.WAF: ("elbv2_load_balancer_web_acl_in_front",),
        Guard.LOG: ("elbv2_load_balancer_logs",),
    },
    DISTRIBUTION: {
        Guard.ENCRYPTION: ("cloudfront_distribution_https", "cloudfront_distribution_modern_tls"),
        Guard.SOURCE: ("cloudfront_distribution_origin_access_control",),
        Guard.WAF: ("cloudfront_distribution_web_acl_in_front",),
        Guard.LOG: ("cloudfront_distribution_logs",),
    },
    REST_API: {Guard.CALLER: ("apigateway_rest_api_callers_authorized", "apigateway_rest_api_policy_not_public")},
    REST_STAGE: {
        Guard.WAF: ("apigateway_stage_web_acl_in_front",),
        Guard.LOG: ("apigateway_stage_logs_accesses",),
    },
    HTTP_API: {Guard.CALLER: ("apigatewayv2_api_routes_authorized",)},
    HTTP_STAGE: {Guard.LOG: ("apigatewayv2_stage_logs_accesses",)},
    FUNCTION: {Guard.CALLER: ("lambda_function_url_authenticated", "lambda_function_policy_not_public")},
    INSTANCE: {Guard.SOURCE: ("ec2_instance_no_public_address",)},
    BUCKET: {
        Guard.ENCRYPTION: ("s3_bucket_insecure_transport_denied",),
        Guard.CALLER: ("s3_bucket_not_public",),
        Guard.LOG: ("s3_bucket_access_logging_enabled",),
    },
    DATABASE: {
        Guard.ENCRYPTION: ("rds_instance_tls_required",),
        Guard.CERTIFICATE: ("rds_instance_certificate_valid",),
        Guard.CALLER: ("rds_instance_iam_authentication_enabled",),
        Guard.SOURCE: ("rds_instance_not_public",),
        Guard.LOG: ("rds_instance_logs_exported",),
    },
    WAREHOUSE: {
        Guard.ENCRYPTION: ("redshift_cluster_requires_tls",),
        Guard.SOURCE: ("redshift_cluster_not_public",),
        Guard.LOG: ("redshift_cluster_logs",),
    },
    SEARCH: {
        Guard.ENCRYPTION: ("opensearch_domain_modern_tls",),
        Guard.CALLER: ("opensearch_domain_policy_not_public", "opensearch_domain_fine_grained_access"),
        Guard.SOURCE: ("opensearch_domain_in_vpc",),
        Guard.LOG: ("opensearch_domain_logs_access",),
    },
    KUBERNETES: {
        Guard.SOURCE: ("eks_cluster_endpoint_private",),
        Guard.LOG: ("eks_cluster_audit_logs",),
    },
    CERTIFICATE: {Guard.CERTIFICATE: ("acm_certificate_renewed",)},
}
"""The checks that judge each guard, by the type of what they judge: a door, its stage or its certificate."""
GROUP_CHECKS = (
    "ec2_security_group_admin_ports_closed_to_ipv4",
    "ec2_security_group_admin_ports_closed_to_ipv6",
    "ec2_security_group_database_ports_closed",
    "ec2_security_group_cifs_closed",
    "ec2_security_group_high_risk_ports_closed",
    "ec2_security_group_not_open_to_all",
)
"""Checks of the security groups of an instance: where one fails, anyone reaches a port that nobody should."""
OUTDATED_ENDING = "_modern_tls"
SET_ASIDE = frozenset({Triage.State.ACCEPTED.value, Triage.State.FALSE_POSITIVE.value})


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """An open finding of a guard's check."""

    finding_id: int
    check_id: str
    is_unknown: bool
    is_stale: bool
    reason: str
    opened_at: datetime
    is_first_snapshot: bool
    """It was found by an organization's first sweep: it may be much older."""
    triage: str

    @property
    def fails(self) -> bool:
        """Return True if it fails and nobody has set that aside."""
        return not self.is_unknown and self.triage not in SET_ASIDE

    @property
    def opens(self) -> bool:
        """Return True if strangers get in: the check declares it."""
        return self.fails and self.check_id in opening_checks()


@dataclass(frozen=True, slots=True)
class GuardResult:
    """A guard of a door: its state and the findings that decide it."""

    state: GuardState
    findings: Sequence[GuardFinding] = ()

    @property
    def decisive(self) -> GuardFinding | None:
        """The finding that shows best why the guard is as it is."""
        return next((one for one in self.findings if one.fails), self.findings[0] if self.findings else None)


NO_GUARD = GuardResult(GuardState.NONE)


def opening_checks() -> frozenset[str]:
    """Return the ids of checks that fail where strangers get in."""
    declared = (one.id for one in all_checks().values() if one.exposes)
    return frozenset((*declared, *GROUP_CHECKS))


def guard_checks(resource_types: Iterable[str]) -> list[str]:
    """Return the checks of all guards of some resource types."""
    return [one for kind in resource_types for checks in CHECKS.get(kind, {}).values() for one in checks]


def guard_result(
    checks: Sequence[str], subjects: Sequence[Resource], findings: Sequence[GuardFinding], now: datetime
) -> GuardResult:
    """Return a guard's state by the findings of its checks.

    A check without a finding passes or does not apply to any of `subjects`; the check itself says which.
    """
    if any(one.fails for one in findings):
        failing = [one for one in findings if one.fails]
        is_old = all(one.check_id.endswith(OUTDATED_ENDING) for one in failing)
        return GuardResult(GuardState.OLD if is_old else GuardState.NO, failing)
    if any(one.is_unknown for one in findings):
        return GuardResult(GuardState.UNSEEN, [one for one in findings if one.is_unknown])
    accepted = [one for one in findings if one.triage == Triage.State.ACCEPTED]
    if accepted:
        return GuardResult(GuardState.ACCEPTED, accepted)
    if any(applies(check, subject, now) for check in checks for subject in subjects):
        return GuardResult(GuardState.YES, findings)
    return NO_GUARD


def applies(check_id: str, subject: Resource, now: datetime) -> bool:
    """Return True if a check has something to judge on a resource."""
    check = all_checks()[check_id]
    if check.resource_type != subject.type:
        return False
    return check.judge(subject, Neighbourhood((), ()), Clock(now)).status is not Status.NOT_APPLICABLE


def merge_results(results: Iterable[GuardResult]) -> GuardResult:
    """Return the worst of several results for one guard, as of an API's stages."""
    found = list(results)
    for state in (GuardState.NO, GuardState.OLD, GuardState.UNSEEN, GuardState.ACCEPTED, GuardState.YES):
        same = [one for one in found if one.state is state]
        if same:
            return GuardResult(state, [finding for one in same for finding in one.findings])
    return NO_GUARD


def door_state(guards: Mapping[Guard, GuardResult], *, is_unseen: bool) -> DoorState:
    """Return how a door is by its guards; what is seen no more is not seen."""
    if is_unseen:
        return DoorState.UNSEEN
    failing = [one for guard in guards.values() for one in guard.findings if one.fails]
    if any(one.opens for one in failing):
        return DoorState.OPEN
    if failing:
        return DoorState.WEAK
    if any(guard.state is GuardState.UNSEEN for guard in guards.values()):
        return DoorState.UNSEEN
    return DoorState.MEANT
