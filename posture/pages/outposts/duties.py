"""The customer's duties for an Outpost, and the status of each.

Written from the Outposts user guide and the shared responsibility model: AWS guards the hardware in
its own buildings, the customer in theirs. What no API reports is never counted as done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.attestations import ATTESTED, EXPIRED, NOTHING, OPEN, AttestedState
from posture.checks import all_checks
from posture.core.check import Check
from posture.core.clock import Clock
from posture.core.gap import ANY
from posture.core.outcome import Status
from posture.core.related import Neighbourhood
from posture.history import query
from posture.history.query import FindingRecord, GapRecord, ResourceRecord, Triage
from posture.history.scope import Scope
from posture.pages.outposts.queries import Rack
from posture.web.attestations import load_states, state_of
from posture.web.templatetags.words import day

ATTEST = "attest"
"""The state of a duty that no API reports."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty: what AWS does in its regions, and why it is the customer's here.

    `checks` judge it; `attested` is what a person has to confirm, since no API reports it.
    """

    title: str
    in_cloud: str
    here: str
    checks: tuple[str, ...] = ()
    attested: str = ""
    slug: str = ""
    """By which an attestation is stored; a duty with something to attest has one, which never changes."""

    @property
    def reference(self) -> str:
        """The name of what a person attests."""
        return f"outposts:{self.slug}"


DUTIES = (
    Duty(
        "Physical access",
        "AWS guards its data centres: fences, guards, cameras, escorted visitors.",
        "The rack is behind your doors. Whoever reaches it can pull cables, disks and its security key.",
        ("outposts_outpost_physical_security_owner_named",),
        "that the room is locked and watched, and that visitors are escorted and logged.",
        slug="physical-access",
    ),
    Duty(
        "Power, cooling and fire",
        "AWS runs redundant power, cooling and fire suppression.",
        "The site feeds and cools the rack. When it does not, everything on it stops at once.",
        attested="two independent power feeds, cooling for the rack's heat, and fire detection at the site.",
        slug="power-cooling-fire",
    ),
    Duty(
        "Link to the region",
        "AWS's regions are joined by AWS's own network.",
        "The service link runs over your uplinks and your internet or Direct Connect. Without it nothing is "
        "changed, logged or watched.",
        (
            "outposts_site_uplinks_redundant",
            "outposts_outpost_service_link_redundant",
            "outposts_outpost_connected",
        ),
    ),
    Duty(
        "Link to your own network",
        "There is none: traffic to you passes gateways that AWS runs redundantly.",
        "The rack's local gateway speaks BGP to your devices. Second device, cable and session are yours to give.",
        ("ec2_local_gateway_virtual_interface_group_redundant",),
    ),
    Duty(
        "Routing at the local gateway",
        "Internet gateways and NAT are between a VPC and everybody else.",
        "The local gateway leads straight into your plant or campus; no NAT and no flow log of AWS is there.",
        ("ec2_local_gateway_route_table_routes_specific", "ec2_local_gateway_route_table_routes_alive"),
        "that a firewall of yours filters what passes between the rack and your network.",
        slug="local-gateway-firewall",
    ),
    Duty(
        "Spare capacity",
        "Another host is found in the region when one fails.",
        "Capacity is what is on the rack. A failed host needs a free slot on the same rack.",
        ("outposts_outpost_capacity_available",),
    ),
    Duty(
        "Repair of hardware",
        "AWS replaces failing hosts, unseen.",
        "AWS still repairs, but you let the technician in and move what runs on the failing host.",
        ("outposts_outpost_assets_healthy",),
    ),
    Duty(
        "Encryption on the rack",
        "A stolen disk would have to leave an AWS data centre first.",
        "The disks are in your building. What is not encrypted with a key of yours leaves with them.",
        ("ec2_volume_outpost_encrypted",),
    ),
    Duty(
        "Backups off the rack",
        "EBS copies each volume within its zone, away from a single failed host.",
        "Fire, water or theft at the site takes every copy on the rack. Only a snapshot in the region survives.",
        ("ec2_volume_outpost_snapshotted",),
    ),
    Duty(
        "Location and contact",
        "AWS knows where its data centres are.",
        "Technicians, spare parts and the law that holds for the data follow the site's address.",
        ("outposts_site_address_complete",),
        "that the contact at the site is still there and answers the telephone.",
        slug="site-contact",
    ),
    Duty(
        "Term and subscription",
        "A region does not end.",
        "An Outpost has a term. At its end the rack is no longer repaired, and later no longer reachable.",
        ("outposts_outpost_active",),
    ),
    Duty(
        "Destroying data at return",
        "AWS wipes and shreds disks before they leave a data centre.",
        "Before the rack leaves, its Nitro Security Keys are destroyed, which makes its disks unreadable. "
        "You have to see it done.",
        attested="a record, with date and witness, of the destroyed security keys when the rack is returned.",
        slug="destroyed-keys",
    ),
)


@dataclass(frozen=True, slots=True)
class Judgment:
    """One check's outcome for one resource; `state` is one of `marks.STATES`."""

    state: str
    reason: str
    record: ResourceRecord | None = None
    finding: FindingRecord | None = None


@dataclass(frozen=True, slots=True)
class DutyStatus:
    """A duty with its judgments, worst first."""

    duty: Duty
    judged: list[Judgment]
    attestation: AttestedState = NOTHING

    @property
    def state(self) -> str:
        """The worst known state.

        Where no check judges the duty: attested, expired, or `ATTEST`.
        """
        if not self.duty.checks:
            return ATTEST if self.attestation.state == OPEN else self.attestation.state
        return self.judged[0].state if self.judged else "not_applicable"

    @property
    def shown(self) -> list[Judgment]:
        """The judgments to show: all that are not good, or one that is."""
        wrong = [one for one in self.judged if one.state not in {"pass", "not_applicable"}]
        return wrong or self.judged[:1]

    @property
    def reason(self) -> str:
        """The first reason for its state."""
        latest = self.attestation.latest
        if self.state == ATTEST or (latest and not self.duty.checks):
            if latest is None:
                return "No API reports it"
            verb = "Expired on" if self.state == EXPIRED else "Attested until"
            return f"{verb} {day(latest.valid_until)}, by {latest.made_by_name}"
        return self.shown[0].reason if self.shown else "Nothing to judge"


@dataclass(frozen=True, slots=True)
class DutyGroup:
    """Duties of one outcome, with its words."""

    words: str
    statuses: list[DutyStatus]


GROUPS = (
    {"fail": "not met", "stale": "not met, as far as last seen"},
    {"unknown": "unknown", ATTEST: "to attest", EXPIRED: "with an attestation that has expired"},
    {"pass": "met", ATTESTED: "attested by a person", "accepted": "accepted", "not_applicable": "not applicable"},
)
"""The words for each state, by outcome."""


def grouped(statuses: Sequence[DutyStatus]) -> list[DutyGroup]:
    """Return the duties by outcome, unmet ones first, without empty groups."""
    return [_group(words, found) for words in GROUPS if (found := [one for one in statuses if one.state in words])]


def _group(words: Mapping[str, str], statuses: list[DutyStatus]) -> DutyGroup:
    counts = {words[state]: sum(one.state == state for one in statuses) for state in words}
    return DutyGroup(", ".join(f"{number} {what}" for what, number in counts.items() if number), statuses)


ORDER = ("fail", "stale", "unknown", "accepted", "pass", "not_applicable")


def statuses_of(scope: Scope, rack: Rack, gaps: Sequence[GapRecord]) -> list[DutyStatus]:
    """Return the status of each duty of an Outpost, by its findings and checks."""
    wanted = {check for duty in DUTIES for check in duty.checks}
    ids = {record.resource_id for record in rack.all}
    found = query.findings(scope).filter(resource_id__in=ids, check_id__in=wanted)
    by_check = {(one.resource_id, one.check_id): one for one in found}
    attested = load_states(scope.of_account(rack.record.account_id))
    return [
        DutyStatus(
            duty,
            sorted(_judged(rack, duty, by_check, gaps, scope.now), key=lambda one: ORDER.index(one.state)),
            state_of(attested, duty.reference),
        )
        for duty in DUTIES
    ]


def _judged(
    rack: Rack,
    duty: Duty,
    found: Mapping[tuple[int, str], FindingRecord],
    gaps: Sequence[GapRecord],
    now: datetime,
) -> Iterator[Judgment]:
    for check in (all_checks()[name] for name in duty.checks):
        for gap in gaps:
            if gap.resource_type in {ANY, check.resource_type}:
                yield Judgment("unknown", f"There may be more: {gap.action} failed with {gap.error}.")
        for record in rack.of(check.resource_type):
            finding = found.get((record.resource_id, check.id))
            yield _of_finding(record, finding) if finding else _without_finding(rack, record, check, now)


def _of_finding(record: ResourceRecord, finding: FindingRecord) -> Judgment:
    state = "stale" if finding.stale_since and finding.status == "fail" else finding.status
    state = "accepted" if finding.triage in Triage.SET_ASIDE else state
    return Judgment(state, finding.reason, record, finding)


def _without_finding(rack: Rack, record: ResourceRecord, check: Check, now: datetime) -> Judgment:
    """Return the check's outcome without a finding; what was not seen does not pass."""
    if record.unseen_since:
        return Judgment("unknown", "It was not seen at the last sweep.", record)
    is_shared = record is rack.record and not rack.is_own
    if check.reads_observed and record.packed_observed is None and not is_shared:
        return Judgment("unknown", "Its state then is not stored: only the latest value is.", record)
    outcome = check.judge(record.as_resource(), Neighbourhood([], []), Clock(now))
    state = {Status.PASS: "pass", Status.NOT_APPLICABLE: "not_applicable"}.get(outcome.status, "unknown")
    return Judgment(state, outcome.reason, record)
