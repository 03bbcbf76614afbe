"""Judge for which workloads GuardDuty installs its agents by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from posture.core.check import Example, Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

DETECTOR, PLAN = "AWS::GuardDuty::Detector", "RUNTIME_MONITORING"
EKS, FARGATE, EC2 = "EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"


def _examples(agent: str) -> Sequence[Example]:
    def plan(status: str, agents: str) -> Mapping[str, Any]:
        additional = [{"Name": agent, "Status": agents}]
        return {
            "Status": "ENABLED",
            "Features": [{"Name": PLAN, "Status": status, "AdditionalConfiguration": additional}],
        }

    return (
        passes(plan("ENABLED", "ENABLED")),
        fails(plan("ENABLED", "DISABLED")),
        fails(plan("DISABLED", "DISABLED"), "The plan is off"),
        does_not_apply({"Status": "DISABLED", "Features": []}, "A suspended detector"),
        does_not_apply({"Status": "ENABLED", "Features": []}, "A region in which AWS does not offer the plan"),
        is_unknown({"Status": "ENABLED", "Features": denied("guardduty:GetDetector")}),
    )


def _remediation(agent: str, tab: str) -> Remediation:
    return Remediation(
        console="GuardDuty in the delegated administrator's account → Runtime Monitoring → Configuration → Automated "
        f"agent configuration → {tab}: Enable for all accounts. For a single account: the same page there.",
        cli="aws guardduty update-detector --detector-id {name} --region {region} --features "
        f"'Name={PLAN},Status=ENABLED,AdditionalConfiguration=[{{{{Name={agent},Status=ENABLED}}}}]'",
    )


def _judge(detector: Resource, agent: str, where: str) -> Outcome:
    if detector.config["Status"] != "ENABLED":
        return not_applicable("The detector is suspended, which is judged by itself.", "Status")
    for index, entry in enumerate(detector.config.items_of("Features")):
        if entry["Name"] == PLAN:
            path = f"Features[{index}]"
            if entry["Status"] != "ENABLED":
                return failed(f"GuardDuty does not watch processes in {detector.region}.", f"{path}.Status")
            return _judge_agents(entry.items_of("AdditionalConfiguration"), agent, where, path)
    return not_applicable(f"GuardDuty offers no Runtime Monitoring in {detector.region}.", "Features")


def _judge_agents(agents: Sequence[Any], agent: str, where: str, path: str) -> Outcome:
    for index, entry in enumerate(agents):
        if entry["Name"] == agent and entry["Status"] == "ENABLED":
            return passed(f"GuardDuty installs its agents {where}.", f"{path}.AdditionalConfiguration[{index}].Status")
    return failed(f"GuardDuty does not install its agents {where}.", f"{path}.AdditionalConfiguration")


@check(
    resource_type=DETECTOR,
    title="GuardDuty watches EKS at run time by agents of its own",
    problem="GuardDuty has no agents of its own on EKS",
    protects=("AWS::EKS::Cluster",),
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:containers", "aws_fsbp:GuardDuty.7"),
    aliases=("securityhub:GuardDuty.7", "prowler:guardduty_eks_runtime_monitoring_enabled"),
    remediation=_remediation(EKS, "EKS"),
    examples=_examples(EKS),
)
def guardduty_detector_eks_agents_installed(detector: Resource) -> Outcome:
    """The plan sees only nodes on which its agent runs, and clusters come and go faster than people install it."""
    return _judge(detector, EKS, "on nodes of EKS")


@check(
    resource_type=DETECTOR,
    title="GuardDuty watches ECS on Fargate at run time by agents of its own",
    problem="GuardDuty has no agents of its own on Fargate",
    protects=("AWS::ECS::Cluster",),
    severity=Severity.MEDIUM,
    controls=("practices:native", "practices:containers", "aws_fsbp:GuardDuty.12"),
    aliases=("securityhub:GuardDuty.12",),
    remediation=_remediation(FARGATE, "Fargate (ECS only)"),
    examples=_examples(FARGATE),
)
def guardduty_detector_fargate_agents_installed(detector: Resource) -> Outcome:
    """On Fargate nobody but GuardDuty can add an agent to a task: without this, the plan sees none of them."""
    return _judge(detector, FARGATE, "in tasks on Fargate")


@check(
    resource_type=DETECTOR,
    title="GuardDuty watches EC2 at run time by agents of its own",
    problem="GuardDuty has no agents of its own on EC2",
    protects=("AWS::EC2::Instance",),
    severity=Severity.MEDIUM,
    controls=("practices:native", "aws_fsbp:GuardDuty.13"),
    aliases=("securityhub:GuardDuty.13",),
    remediation=_remediation(EC2, "EC2"),
    examples=_examples(EC2),
)
def guardduty_detector_ec2_agents_installed(detector: Resource) -> Outcome:
    """The plan sees only instances on which its agent runs, and new ones start every day without it."""
    return _judge(detector, EC2, "on EC2 instances that Systems Manager manages")
