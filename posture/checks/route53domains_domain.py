"""Judge registered domains: the lock against transfers, and renewal in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.parameters import days
from posture.core.resource import GLOBAL, Resource

DOMAIN = "AWS::Route53Domains::Domain"
LIST = "route53domains:ListDomains"
RENEWAL_DAYS = days(
    "domain_renewal_days",
    "Renewal of domains",
    "A domain that expires within so many days and does not renew itself has to be renewed.",
    default=45,
    maximum=365,
    source="Route 53",
)
"""By default as long before as Route 53 renews a domain, and warns (Developer Guide, "Renewing registration for a
domain")."""
_OPEN = "Route 53 → Registered domains → {name} → "


@check(
    resource_type=DOMAIN,
    title="Domain is locked against transfers",
    problem="Domain can be transferred away",
    severity=Severity.HIGH,
    controls=("practices:vpc", "practices:data"),
    aliases=("prowler:route53_domains_transferlock_enabled",),
    remediation=Remediation(
        console=_OPEN + "Actions → Turn on transfer lock. Accept the finding where the registry knows no lock, as "
        "those of some countries do not.",
        cli="aws route53domains enable-domain-transfer-lock --region us-east-1 --domain-name {name}",
        terraform='resource "aws_route53domains_registered_domain" "this" {\n  transfer_lock = true\n}',
    ),
    examples=(
        passes({"DomainName": "example.com", "TransferLock": True}, region=GLOBAL),
        fails({"DomainName": "example.com", "TransferLock": False}, region=GLOBAL),
        is_unknown({"DomainName": "example.com", "TransferLock": denied(LIST)}, region=GLOBAL),
        is_unknown({"DomainName": "example.com"}, "the answer leaves it out", region=GLOBAL),
    ),
)
def route53domains_domain_transfer_locked(domain: Resource) -> Outcome:
    """Without the lock a stolen authorization code moves the domain to another registrar within days.

    Getting it back takes lawyers, while mail and logins of everybody go to whoever took it.
    """
    if domain.config["TransferLock"]:
        return passed("The registry refuses transfers.", "TransferLock")
    return failed("The registry does not refuse transfers.", "TransferLock")


@check(
    resource_type=DOMAIN,
    title="Domain is renewed in time",
    problem="Domain is about to expire",
    severity=Severity.HIGH,
    controls=("practices:vpc",),
    remediation=Remediation(
        console=_OPEN + "Actions → Renew domain; then Turn on auto-renew.",
        cli="aws route53domains enable-domain-auto-renew --region us-east-1 --domain-name {name}",
        terraform='resource "aws_route53domains_registered_domain" "this" {\n  auto_renew = true\n}',
    ),
    examples=(
        passes({"AutoRenew": True, "Expiry": "2026-07-20T10:00:00Z"}, "renewed by Route 53", region=GLOBAL),
        passes({"AutoRenew": False, "Expiry": "2027-02-01T10:00:00Z"}, "time enough", region=GLOBAL),
        fails({"AutoRenew": False, "Expiry": "2026-06-20T10:00:00Z"}, region=GLOBAL),
        passes(
            {"AutoRenew": False, "Expiry": "2026-06-20T10:00:00Z"},
            "with a limit of 14 days",
            region=GLOBAL,
            parameters={RENEWAL_DAYS.name: 14},
        ),
        fails({"AutoRenew": True, "Expiry": "2026-05-20T10:00:00Z"}, "the renewal did not work", region=GLOBAL),
        is_unknown({"AutoRenew": denied(LIST), "Expiry": "2026-06-20T10:00:00Z"}, region=GLOBAL),
        is_unknown({"AutoRenew": True}, "the answer leaves out when it expires", region=GLOBAL),
    ),
)
def route53domains_domain_renewed_in_time(domain: Resource, clock: Clock) -> Outcome:
    """An expired domain is registered by somebody else within the hour, with all that points at it.

    Route 53 renews 45 days ahead where it may; without that, somebody has to remember.
    """
    expiry = datetime.fromisoformat(domain.config["Expiry"])
    if clock.has_come(expiry):
        return failed(f"It expired on {expiry:%Y-%m-%d}.", "Expiry")
    if domain.config["AutoRenew"]:
        return passed(f"Route 53 renews it before {expiry:%Y-%m-%d}.", "AutoRenew", "Expiry")
    reason, limit = f"It expires on {expiry:%Y-%m-%d}, and is not renewed by itself", RENEWAL_DAYS.value
    if clock.has_come(expiry, -timedelta(days=limit)):
        return failed(f"{reason}; the limit is {limit} day{'' if limit == 1 else 's'} before.", "AutoRenew", "Expiry")
    return passed(f"{reason}.", "AutoRenew", "Expiry")
