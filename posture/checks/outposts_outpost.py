"""Judge Outposts, each in its owner's account.

What AWS guards in its own buildings, the customer guards here.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from posture.core.check import Remediation, Responsibility, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.ownership import owned_elsewhere
from posture.core.resource import Resource

OUTPOST = "AWS::Outposts::Outpost"
OWNER_TAG = "physical-security-owner"
LINKS = "ServiceLinkVirtualInterfaces"
CAPACITIES = "InstanceTypeCapacities"

OWN = {"OutpostId": "op-1", "OwnerId": "111122223333", "LifeCycleStatus": "ACTIVE", "SupportedHardwareType": "RACK"}
SHARED = {**OWN, "OwnerId": "444455556666"}
SLOTS = [{"InstanceType": "c5.large", "Count": 6}, {"InstanceType": "m5.xlarge", "Count": 2}]


def _placed(*kinds: str) -> list[dict[str, Any]]:
    return [{"InstanceId": f"i-{i}", "InstanceType": kind, "AssetId": "1"} for i, kind in enumerate(kinds)]


def _linked(*lags: str) -> dict[str, Any]:
    return {**OWN, LINKS: [{"ServiceLinkVirtualInterfaceId": f"sl-{i}", "OutpostLagId": x} for i, x in enumerate(lags)]}


def _built_of(*states: str) -> dict[str, Any]:
    assets = [
        {"AssetId": str(i), "AssetType": "COMPUTE", "ComputeAttributes": {"State": s}} for i, s in enumerate(states)
    ]
    return {**OWN, "Assets": assets}


@check(
    resource_type=OUTPOST,
    title="Outpost is in service",
    problem="Outpost is out of service or retiring",
    severity=Severity.HIGH,
    controls=("practices:hybrid",),
    responsibility=Responsibility.SHARED,
    remediation=Remediation(
        console="AWS Outposts → Outposts → the Outpost: renew its subscription, or move what runs there; then return "
        "the hardware as AWS describes, with the Nitro security keys destroyed.",
        cli="aws outposts get-outpost --region {region} --outpost-id {id}",
    ),
    examples=(
        passes(OWN),
        fails({**OWN, "LifeCycleStatus": "RETIRING"}),
        fails({**OWN, "LifeCycleStatus": "RETIRED"}),
        is_unknown({**OWN, "LifeCycleStatus": denied("outposts:ListOutposts")}),
        does_not_apply({**OWN, "LifeCycleStatus": "PENDING"}, "not installed yet"),
        does_not_apply({**SHARED, "LifeCycleStatus": "RETIRED"}),
    ),
)
def outposts_outpost_active(outpost: Resource) -> Outcome:
    """A rack at the end of its term stops being repaired, and then being reachable, with your data on its disks.

    Until the keys are destroyed and the rack has left, what is on it is yours to guard.
    """
    shared = owned_elsewhere(outpost)
    if shared:
        return shared
    status = str(outpost.config["LifeCycleStatus"])
    if status.upper() == "ACTIVE":
        return passed("The Outpost is active.", "LifeCycleStatus")
    if "RETIR" in status.upper():
        return failed(f"The Outpost's status is {status}.", "LifeCycleStatus")
    return not_applicable(f"The Outpost is not in service yet ({status}).", "LifeCycleStatus")


@check(
    resource_type=OUTPOST,
    title="Outpost has a named owner for its physical security",
    problem="Outpost has no named owner for its physical security",
    severity=Severity.MEDIUM,
    controls=("practices:hybrid",),
    remediation=Remediation(
        console=f"AWS Outposts → Outposts → the Outpost → Tags: add {OWNER_TAG} with the person or team who answers "
        "for doors, keys, visitors, power and fire at the site.",
        cli="aws outposts tag-resource --region {region} --resource-arn {arn} "
        f"--tags {OWNER_TAG}=YOUR-TEAM@example.com",
    ),
    examples=(
        passes(OWN, tags={OWNER_TAG: "facility-fra@example.com"}),
        passes(OWN, "however it is spelt", tags={"PhysicalSecurityOwner": "facility-fra@example.com"}),
        fails(OWN),
        fails(OWN, "nobody is named", tags={OWNER_TAG: " "}),
        is_unknown(OWN, tags=denied("outposts:ListOutposts")),
        does_not_apply(SHARED),
    ),
)
def outposts_outpost_physical_security_owner_named(outpost: Resource) -> Outcome:
    """In AWS's buildings AWS guards the hardware. This rack is in yours, and so its doors are your duty.

    Nobody's duty is done by nobody. A tag with a name is the least that an auditor, a night guard or AWS's
    technician at the gate can use.
    """
    shared = owned_elsewhere(outpost)
    if shared:
        return shared
    wanted = _letters(OWNER_TAG)
    for key, value in outpost.tags.items():
        if _letters(key) == wanted and value.strip():
            return passed(f"{value.strip()} answers for its physical security.", f"tags.{key}")
    return failed(f"No tag {OWNER_TAG} names who answers for its physical security.", f"tags.{OWNER_TAG}")


def _letters(key: str) -> str:
    return "".join(letter for letter in key.lower() if letter.isalnum())


@check(
    resource_type=OUTPOST,
    title="Outpost's service link is redundant",
    problem="Outpost's service link is not redundant",
    severity=Severity.HIGH,
    controls=("practices:hybrid",),
    responsibility=Responsibility.SHARED,
    remediation=Remediation(
        console="Connect each of the rack's network devices to a device of yours, with a LAG and a service link "
        "interface each; AWS Support brings the second one up.",
        cli="aws ec2 describe-service-link-virtual-interfaces --region {region} "
        "--filters Name=outpost-arn,Values={arn}",
    ),
    examples=(
        passes(_linked("op-lag-1", "op-lag-2")),
        fails(_linked("op-lag-1")),
        fails(_linked("op-lag-1", "op-lag-1"), "two interfaces on one LAG"),
        is_unknown({**OWN, LINKS: denied("ec2:DescribeServiceLinkVirtualInterfaces")}),
        is_unknown({**OWN, LINKS: []}, "AWS names none"),
        is_unknown({**OWN, LINKS: [{}, {}]}, "AWS does not name their LAGs"),
        does_not_apply({**_linked("op-lag-1"), "SupportedHardwareType": "SERVER"}, "a server has one link"),
        does_not_apply({**OWN, "LifeCycleStatus": "PENDING", LINKS: []}, "not installed yet"),
        does_not_apply({**SHARED, LINKS: []}),
    ),
    version=2,
)
def outposts_outpost_service_link_redundant(outpost: Resource) -> Outcome:
    """Over the service link the region governs the rack: starts, permissions, keys, logs, monitoring.

    When it breaks, what runs goes on, but nothing can be changed and nothing is recorded. Two links over two
    network devices are how a rack is meant to be joined.
    """
    shared = owned_elsewhere(outpost)
    if shared:
        return shared
    if outpost.config["SupportedHardwareType"] == "SERVER":
        return not_applicable("An Outposts server has a single service link.", "SupportedHardwareType")
    if outpost.config["LifeCycleStatus"] != "ACTIVE":
        return not_applicable("The Outpost is not in service.", "LifeCycleStatus")
    links = outpost.config[LINKS]
    if not links:
        return unknown("AWS names no service link of this rack.", LINKS)
    # Two interfaces may share a LAG: only by its id can that be seen.
    lags = {str(link["OutpostLagId"]) for link in links} if len(links) > 1 else set()
    if len(lags) > 1:
        return passed(f"The service link runs over {len(lags)} links.", LINKS)
    return failed("The service link runs over a single link.", LINKS)


@check(
    resource_type=OUTPOST,
    title="Outpost is connected to its region",
    problem="Outpost's connection to its region is down or unstable",
    severity=Severity.HIGH,
    controls=("practices:hybrid",),
    responsibility=Responsibility.SHARED,
    reads_observed=True,
    remediation=Remediation(
        console="Look at the site's uplink, firewall and BGP sessions first, then AWS Health. Set an alarm on "
        "AWS/Outposts ConnectedStatus.",
        cli="aws cloudwatch get-metric-statistics --region {region} --namespace AWS/Outposts --metric-name "
        "ConnectedStatus --dimensions Name=OutpostId,Value={id} --period 300 --statistics Average "
        "--start-time YOUR-START --end-time YOUR-END",
    ),
    examples=(
        passes(OWN, observed={"ConnectedStatus": 1.0}),
        fails(OWN, observed={"ConnectedStatus": 0.0}),
        fails(OWN, "now and then", observed={"ConnectedStatus": 0.6}),
        is_unknown(OWN, observed={"ConnectedStatus": denied("cloudwatch:GetMetricStatistics")}),
        is_unknown(OWN, "no word for an hour", observed={"ConnectedStatus": None}),
        does_not_apply({**OWN, "LifeCycleStatus": "PENDING"}, observed={"ConnectedStatus": None}),
        does_not_apply(SHARED),
    ),
)
def outposts_outpost_connected(outpost: Resource) -> Outcome:
    """A rack without its service link runs on unseen: no logs, no findings and no changes reach the region.

    GuardDuty, CloudTrail and this page know nothing of what happens on it meanwhile.
    """
    shared = owned_elsewhere(outpost)
    if shared:
        return shared
    if outpost.config["LifeCycleStatus"] != "ACTIVE":
        return not_applicable("The Outpost is not in service.", "LifeCycleStatus")
    status = outpost.observed.get("ConnectedStatus")
    if status is None:
        return unknown("CloudWatch has had no word of its service link for an hour.", "observed.ConnectedStatus")
    if float(status) >= 1:
        return passed("The service link is up.", "observed.ConnectedStatus")
    share = f"{float(status):.0%}"
    return failed(f"The service link was up {share} of the last five minutes measured.", "observed.ConnectedStatus")


@check(
    resource_type=OUTPOST,
    title="Outpost has free capacity of every instance type",
    problem="Outpost has no free capacity of an instance type",
    severity=Severity.MEDIUM,
    controls=("practices:hybrid",),
    reads_observed=True,
    remediation=Remediation(
        console="AWS Outposts → the Outpost → Capacity: change the slots by a capacity task, stop what is not needed, "
        "or order more. Keep one host's worth free for repairs.",
        cli="aws outposts list-assets --region {region} --outpost-identifier {id}",
    ),
    examples=(
        passes(OWN, observed={CAPACITIES: SLOTS, "AssetInstances": _placed("m5.xlarge", "c5.large")}),
        fails(OWN, observed={CAPACITIES: SLOTS, "AssetInstances": _placed("m5.xlarge", "m5.xlarge")}),
        is_unknown(OWN, observed={CAPACITIES: denied("outposts:ListAssets"), "AssetInstances": []}),
        is_unknown(OWN, observed={CAPACITIES: SLOTS, "AssetInstances": denied("outposts:ListAssetInstances")}),
        does_not_apply(OWN, "no slots are configured", observed={CAPACITIES: [], "AssetInstances": []}),
        does_not_apply(SHARED),
    ),
)
def outposts_outpost_capacity_available(outpost: Resource) -> Outcome:
    """On a rack there is no more than what is there: when a host fails, its instances need a free place.

    Where every slot of a type is taken, a failed host is an outage, and so is the restart of a stopped instance
    whose place was given away.
    """
    shared = owned_elsewhere(outpost)
    if shared:
        return shared
    slots = {e["InstanceType"]: int(e["Count"]) for e in outpost.observed[CAPACITIES] if e["Count"]}
    used = Counter(str(entry["InstanceType"]) for entry in outpost.observed["AssetInstances"])
    if not slots:
        return not_applicable("The Outpost has no slots for instances.", f"observed.{CAPACITIES}")
    paths = (f"observed.{CAPACITIES}", "observed.AssetInstances")
    full = [f"{kind} ({used[kind]} of {count})" for kind, count in sorted(slots.items()) if used[kind] >= count]
    if full:
        return failed(f"No free slot is left for {', '.join(full)}.", *paths)
    free = sum(count - used[kind] for kind, count in slots.items())
    return passed(f"{free} of {sum(slots.values())} slots are free, of every type at least one.", *paths)


@check(
    resource_type=OUTPOST,
    title="Outpost's hardware is healthy",
    problem="Outpost has unhealthy hardware",
    severity=Severity.MEDIUM,
    controls=("practices:hybrid",),
    responsibility=Responsibility.SHARED,
    remediation=Remediation(
        console="AWS Health shows which hardware AWS will replace and when. Let the technician in, and stop and start "
        "the instances that it names.",
        cli="aws outposts list-assets --region {region} --outpost-identifier {id} --status-filter ISOLATED RETIRING",
    ),
    examples=(
        passes(_built_of("ACTIVE", "ACTIVE")),
        passes(_built_of("ACTIVE", "INSTALLING"), "more is on its way"),
        passes({**OWN, "Assets": [{"AssetId": "0", "AssetType": "SWITCH"}]}, "only hosts have a state"),
        fails(_built_of("ACTIVE", "ISOLATED")),
        fails(_built_of("RETIRING")),
        is_unknown({**OWN, "Assets": denied("outposts:ListAssets")}),
        does_not_apply({**OWN, "Assets": []}, "no hardware yet"),
        does_not_apply({**SHARED, "Assets": []}),
    ),
)
def outposts_outpost_assets_healthy(outpost: Resource) -> Outcome:
    """AWS watches the hosts of a rack and takes failing ones out of service; letting it repair them is your part.

    Until then the rack has fewer places than it was bought with, and the next failure may have nowhere to go.
    """
    shared = owned_elsewhere(outpost)
    if shared:
        return shared
    assets = list(enumerate(outpost.config["Assets"]))
    if not assets:
        return not_applicable("AWS lists no hardware of this Outpost.", "Assets")
    ill = [(i, a) for i, a in assets if _state(a) in {"ISOLATED", "RETIRING"}]
    if not ill:
        return passed(f"None of {len(assets)} assets is isolated or retiring.", "Assets")
    named = ", ".join(f"{asset['AssetId']} is {_state(asset).lower()}" for _, asset in ill)
    return failed(f"Asset {named}.", *(f"Assets[{i}].ComputeAttributes.State" for i, _ in ill))


def _state(asset: Any) -> str:
    """Return the state of a host; AWS gives none of other hardware."""
    return str(asset["ComputeAttributes"]["State"]) if asset["AssetType"] == "COMPUTE" else ""
