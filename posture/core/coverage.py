"""How far each of AWS's own security tools covers an account-region. Pure.

A tool can be on and still see little: without its plans, without a standard, or writing into a bucket
that refuses. So a place is not only on or off, and what could not be read is neither.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from posture.core.arn import Arn
from posture.core.gap import ANY, Gap, GapReason
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Fields, UnknownFieldError, first_known

logger = logging.getLogger(__name__)

ACCOUNT = "AWS::Account::Account"
TRAIL = "AWS::CloudTrail::Trail"


class State(StrEnum):
    """How far a tool covers a place, best first."""

    ON = "on"
    PARTLY = "partly"
    OFF = "off"
    UNKNOWN = "unknown"
    """The sweep was refused: neither on nor off."""
    NOT_OFFERED = "not_offered"
    """AWS does not offer the tool there, or the region is not opted in."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What to say of a tool in a place."""

    state: State
    detail: str
    """One sentence."""
    missing: tuple[str, ...] = ()
    """What is off although the tool is on: plans, standards, kinds."""
    since: str | None = None
    """ISO-8601 time of its turning on, where AWS gives it."""
    administrator: str | None = None
    """The account that administers the tool here, if that is another one."""


Level = Callable[[Sequence[Resource], Sequence[Resource]], Cell]


@dataclass(frozen=True, slots=True)
class Tool:
    """One of AWS's own security tools, and how its level is read."""

    id: str
    title: str
    resource_type: str
    """The type that shows it."""
    leaves_out: str
    """What it does not see even when it is fully on."""
    judge: Level
    also: tuple[str, ...] = ()
    """Other types that decide the level; a gap in any of them makes the location unknown."""
    regional: bool = True

    @property
    def reads(self) -> frozenset[str]:
        """All resource types that `level` wants to see."""
        return frozenset({self.resource_type, *self.also})


def tools() -> tuple[Tool, ...]:
    """Return the tools in the order in which they are shown."""
    return _TOOLS


def level(
    tool: Tool, resources: Sequence[Resource], gaps: Sequence[Gap], organization: Sequence[Resource] = ()
) -> Cell:
    """Return how far a tool covers one account in one region.

    `resources` and `gaps` are the account's, in that region and global; what is of no concern may be
    among them. `organization` holds resources of `tool.reads` in the same region of other accounts,
    for tools that one account runs for all.
    """
    refused = next((gap for gap in gaps if any(gap.covers(gap.region, kind) for kind in tool.reads)), None)
    if refused is not None:
        return _of_gap(refused)
    own = [resource for resource in resources if resource.type in tool.reads]
    others = [resource for resource in organization if resource.type in tool.reads]
    try:
        return tool.judge(own, others)
    except UnknownFieldError as error:
        return Cell(State.UNKNOWN, f"Unknown: {error.unknown}.")
    except Exception as error:
        # A configuration may be odd, or older than a field that is read: neither may end a recording or a page.
        logger.exception("the coverage by %s is unknown", tool.id)
        return Cell(State.UNKNOWN, f"Unknown: its configuration cannot be read ({type(error).__name__}).")


SHARED = ("AWS::AccessAnalyzer::Analyzer", TRAIL)
"""Types by which one account covers others."""


def covers_all(one: Resource) -> bool:
    """Return True for what one account runs for its whole Organization."""
    if one.type == TRAIL:
        return one.raw_config.get("IsOrganizationTrail") is True
    return one.type in SHARED and one.raw_config.get("type") == "ORGANIZATION"


def assess(
    tool: Tool, region: str, resources: Sequence[Resource], gaps: Sequence[Gap], organization: Sequence[Resource] = ()
) -> Cell:
    """Return how far a tool covers one account in one region, given all resources.

    `organization` are the other accounts' resources; a tool that knows no regions looks at all of it. Trails
    are looked at from every region: they are kept in their home region and may record all.
    """
    if not tool.regional:
        return level(tool, resources, gaps, organization)
    here = {region, GLOBAL}
    return level(
        tool,
        [one for one in resources if one.region in here],
        [one for one in gaps if one.region in {*here, ANY}],
        [one for one in organization if one.region in here or one.type == TRAIL],
    )


def _of_gap(gap: Gap) -> Cell:
    if gap.reason in {GapReason.NOT_OFFERED, GapReason.NOT_OPTED_IN}:
        return Cell(State.NOT_OFFERED, "Not available in this region.")
    if gap.reason is GapReason.PLAN_MISSING:
        return Cell(State.OFF, "The account has no support plan that includes it.")
    if gap.reason is GapReason.SERVICE_NOT_ENABLED:
        return Cell(State.OFF, "Not enabled.")
    return Cell(State.UNKNOWN, f"Could not look: {gap.action} failed with {gap.error}.")


_OFF = Cell(State.OFF, "Not enabled.")

GUARDDUTY_PLANS = {
    "S3_DATA_EVENTS": "S3",
    "EKS_AUDIT_LOGS": "EKS audit logs",
    "RDS_LOGIN_EVENTS": "RDS sign-ins",
    "LAMBDA_NETWORK_LOGS": "Lambda",
    "EBS_MALWARE_PROTECTION": "malware scans",
    "RUNTIME_MONITORING": "run time",
}
"""Protection plans by feature name; the foundational sources are always on."""

INSPECTOR_KINDS = {"ec2": "instances", "ecr": "images", "lambda": "functions"}


def _guardduty(own: Sequence[Resource], _: Sequence[Resource]) -> Cell:
    for detector in own:
        config = detector.config
        if config["Status"] != "ENABLED":
            return Cell(State.OFF, "The detector is suspended.")
        states = {feature["Name"]: feature["Status"] for feature in config.items_of("Features")}
        missing = tuple(name for plan, name in GUARDDUTY_PLANS.items() if states.get(plan) == "DISABLED")
        return _on("all plans", missing, config.get("CreatedAt"), config.at("Administrator", "AccountId"))
    return _OFF


def _security_hub(own: Sequence[Resource], _: Sequence[Resource]) -> Cell:
    for hub in own:
        config = hub.config
        standards = config.items_of("Standards")
        since, administrator = config.get("SubscribedAt"), config.at("Administrator", "AccountId")
        if not standards:
            return Cell(State.PARTLY, "On, with no standard.", ("standards",), since, administrator)
        missing = tuple(_standard(one) for one in standards if one["StandardsStatus"] not in {"READY", "PENDING"})
        return _on(f"{len(standards)} standard{'s' * (len(standards) != 1)}", missing, since, administrator)
    return _OFF


def _standard(subscription: Fields) -> str:
    name = str(subscription["StandardsArn"]).rsplit("standards/", 1)[-1]
    return f"{name} ({str(subscription['StandardsStatus']).lower()})"


def _cloudtrail(own: Sequence[Resource], others: Sequence[Resource]) -> Cell:
    local = [trail for trail in own if trail.type == TRAIL]
    for account in own:
        shown = account.config["MultiRegionTrails"] if account.type == ACCOUNT else None
        if shown:
            running = first_known(*(partial(_running, trail, others) for trail in shown))
            if running:
                return _recorded(account.account_id, running, local)
            return _not_running(shown, others)
    if any(trail.config["IsLogging"] for trail in local):
        return Cell(State.PARTLY, "A trail records this region alone.", ("other regions",))
    return Cell(State.OFF, "No trail records this region.")


def _not_running(shown: Sequence[Fields], others: Sequence[Resource]) -> Cell:
    for trail in shown:
        if _is_logging(trail, others) is None:
            name = Arn.parse(trail["TrailARN"]).name
            return Cell(State.UNKNOWN, f"AWS does not show this account whether trail {name} logs.")
    return Cell(State.OFF, "The trail is stopped.")


def _running(trail: Fields, others: Sequence[Resource]) -> str | None:
    """Return the ARN of a trail that is known to log."""
    return str(trail["TrailARN"]) if _is_logging(trail, others) else None


def _is_logging(trail: Fields, others: Sequence[Resource]) -> bool | None:
    """Return whether a trail logs; None where neither account shows it.

    A member sees its Organization's trail as a shadow, whose state AWS does not always show: the owner's
    account, where it is swept, does.
    """
    owned = [one for one in others if one.type == TRAIL and one.arn == trail["TrailARN"]]
    return first_known(lambda: trail.get("IsLogging"), *(partial(one.config.get, "IsLogging") for one in owned))


def _recorded(account_id: str, trail_arn: str, local: Sequence[Resource]) -> Cell:
    arn = Arn.parse(trail_arn)
    owner = arn.account_id if arn.account_id != account_id else None
    detail = f"On, by the Organization's trail {arn.name}." if owner else f"On, by trail {arn.name}."
    for trail in local:
        if trail.arn == trail_arn and trail.observed.get("LatestDeliveryError"):
            error = trail.observed["LatestDeliveryError"]
            return Cell(State.PARTLY, f"On, but delivery fails with {error}.", ("delivery",), None, owner)
    return Cell(State.ON, detail, administrator=owner)


def _config(own: Sequence[Resource], _: Sequence[Resource]) -> Cell:
    for recorder in own:
        config = recorder.config
        if not config["recording"]:
            return Cell(State.OFF, "The recorder is stopped.")
        return _on("all resource types", tuple(_config_lacks(recorder)))
    return Cell(State.OFF, "There is no recorder.")


def _config_lacks(recorder: Resource) -> Iterator[str]:
    if not recorder.config.at("recordingGroup", "allSupported"):
        yield "some resource types"
    if not recorder.config.get("DeliveryChannel"):
        yield "a delivery channel"
    statuses = [recorder.observed.get("lastStatus")]
    statuses += [way.get("lastStatus") for way in (recorder.observed.get("DeliveryStatus") or {}).values()]
    if any(str(status).lower() == "failure" for status in statuses):
        yield "delivery"


def _macie(own: Sequence[Resource], _: Sequence[Resource]) -> Cell:
    for session in own:
        config = session.config
        if config["status"] != "ENABLED":
            return Cell(State.OFF, "Macie is paused.")
        automated = config.at("AutomatedDiscovery", "status") == "ENABLED"
        missing = () if automated else ("automated discovery",)
        return _on("automated discovery", missing, config.get("createdAt"), config.at("administrator", "accountId"))
    return _OFF


def _inspector(own: Sequence[Resource], _: Sequence[Resource]) -> Cell:
    for status in own:
        states = status.config["resourceState"]
        missing = tuple(name for kind, name in INSPECTOR_KINDS.items() if states.at(kind, "status") != "ENABLED")
        if len(missing) == len(INSPECTOR_KINDS):
            return _OFF
        administrator = status.config.at("delegatedAdmin", "accountId")
        other = administrator if administrator != status.account_id else None
        return _on("instances, images and functions", missing, None, other)
    return _OFF


def _access_analyzer(own: Sequence[Resource], others: Sequence[Resource]) -> Cell:
    active = [analyzer for analyzer in own if analyzer.config["status"] == "ACTIVE"]
    external = [analyzer for analyzer in active if analyzer.config["type"] in {"ACCOUNT", "ORGANIZATION"}]
    if external:
        return Cell(State.ON, "On, for access from outside.", since=external[0].config.get("createdAt"))
    for analyzer in others:
        if analyzer.config["type"] == "ORGANIZATION" and analyzer.config["status"] == "ACTIVE":
            return Cell(State.ON, "On, by the Organization's analyzer.", administrator=analyzer.account_id)
    if active:
        return Cell(State.PARTLY, "On for unused access, without access from outside.", ("access from outside",))
    return _OFF


def _detective(own: Sequence[Resource], _: Sequence[Resource]) -> Cell:
    for graph in own:
        if graph.config["Status"] == "ENABLED":
            since, administrator = graph.config.get("Since"), graph.config.get("AdministratorId")
            return Cell(State.ON, "On.", since=since, administrator=administrator)
    return _OFF


def _trusted_advisor(own: Sequence[Resource], _: Sequence[Resource]) -> Cell:
    for advisor in own:
        if advisor.config["Available"]:
            return Cell(State.ON, "On, with all checks.")
        return Cell(State.OFF, "The account has no support plan that includes it.")
    return _OFF


def _on(full: str, missing: tuple[str, ...], since: str | None = None, administrator: str | None = None) -> Cell:
    """Return ON with what is covered, or PARTLY with what is missing."""
    if missing:
        return Cell(State.PARTLY, f"On, without {', '.join(missing)}.", missing, since, administrator)
    return Cell(State.ON, f"On, with {full}.", (), since, administrator)


_TOOLS = (
    Tool(
        "guardduty",
        "GuardDuty",
        "AWS::GuardDuty::Detector",
        "Clusters outside EKS, other clouds, and what happens on machines without its agent.",
        _guardduty,
    ),
    Tool(
        "securityhub",
        "Security Hub",
        "AWS::SecurityHub::Hub",
        "Whatever Config does not record, Kubernetes, and other clouds.",
        _security_hub,
    ),
    Tool(
        "cloudtrail",
        "CloudTrail",
        TRAIL,
        "Data events that no selector names, and what happens inside machines and databases.",
        _cloudtrail,
        also=(ACCOUNT,),
    ),
    Tool(
        "config",
        "Config",
        "AWS::Config::ConfigurationRecorder",
        "Resource types that it does not support, and the contents of machines and clusters.",
        _config,
    ),
    Tool("macie", "Macie", "AWS::Macie::Session", "Every store but S3.", _macie),
    Tool(
        "inspector",
        "Inspector",
        "AWS::InspectorV2::AccountStatus",
        "Machines without agent or snapshot scan, images outside ECR, and misconfigurations.",
        _inspector,
    ),
    Tool(
        "accessanalyzer",
        "Access Analyzer",
        "AWS::AccessAnalyzer::Analyzer",
        "Resource types that it does not support, and access inside the zone of trust.",
        _access_analyzer,
    ),
    Tool(
        "detective",
        "Detective",
        "AWS::Detective::Graph",
        "It finds nothing by itself: it helps to investigate what others found.",
        _detective,
    ),
    Tool(
        "trustedadvisor",
        "Trusted Advisor",
        "AWS::Support::TrustedAdvisor",
        "Everything beyond its few dozen security checks, and changes between its daily looks.",
        _trusted_advisor,
        regional=False,
    ),
)
