"""Judges Auto Scaling groups."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

GROUP = "AWS::AutoScaling::AutoScalingGroup"
DESCRIBE = "autoscaling:DescribeAutoScalingGroups"
UPDATE = "aws autoscaling update-auto-scaling-group --region {region} --auto-scaling-group-name {name} "
_CONSOLE = "EC2 → Auto Scaling groups → {name} → "
_TARGETS = ["arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/1"]
_BALANCED = ("LoadBalancerNames", "TargetGroupARNs")
_TYPES = "MixedInstancesPolicy.LaunchTemplate.Overrides"


def _mixed(*overrides: dict[str, Any]) -> dict[str, Any]:
    specification = {"LaunchTemplateId": "lt-1", "Version": "$Default"}
    template = {"LaunchTemplateSpecification": specification, "Overrides": list(overrides)}
    return {"MixedInstancesPolicy": {"LaunchTemplate": template}}


@check(
    resource_type=GROUP,
    title="Auto Scaling group uses its load balancer's health checks",
    problem="Auto Scaling group ignores its load balancer's health checks",
    severity=Severity.LOW,
    controls=("practices:legacy", "aws_fsbp:AutoScaling.1"),
    aliases=("securityhub:AutoScaling.1", "prowler:autoscaling_group_elb_health_check_enabled"),
    remediation=Remediation(
        console=_CONSOLE + "Details → Health checks → Edit: turn on Elastic Load Balancing health checks.",
        cli=UPDATE + "--health-check-type ELB --health-check-grace-period 300",
        terraform='resource "aws_autoscaling_group" "this" {\n  health_check_type = "ELB"\n}',
    ),
    examples=(
        passes({"TargetGroupARNs": _TARGETS, "HealthCheckType": "ELB"}),
        passes({"TargetGroupARNs": _TARGETS, "HealthCheckType": "EBS,ELB"}, "several"),
        fails({"TargetGroupARNs": _TARGETS, "HealthCheckType": "EC2"}),
        fails({"LoadBalancerNames": ["intranet"], "HealthCheckType": "EC2"}, "a classic load balancer"),
        is_unknown({"TargetGroupARNs": _TARGETS, "HealthCheckType": denied(DESCRIBE)}),
        does_not_apply({"TargetGroupARNs": [], "LoadBalancerNames": [], "HealthCheckType": "EC2"}, "no load balancer"),
    ),
)
def autoscaling_auto_scaling_group_health_checked(group: Resource) -> Outcome:
    """An instance may run and answer nothing: the load balancer notices, and the group must learn it to replace it."""
    if not any(group.config.items_of(key) for key in _BALANCED):
        return not_applicable("No load balancer sends it requests.", *_BALANCED)
    kinds = group.config["HealthCheckType"]
    judge = passed if "ELB" in kinds.split(",") else failed
    return judge(f"Its health checks are of type {kinds}.", "HealthCheckType")


@check(
    resource_type=GROUP,
    title="Auto Scaling group spans two zones",
    problem="Auto Scaling group is in one zone alone",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:AutoScaling.2"),
    aliases=("securityhub:AutoScaling.2", "prowler:autoscaling_group_multiple_az"),
    remediation=Remediation(
        console=_CONSOLE + "Details → Network → Edit: add a subnet in another zone.",
        cli=UPDATE + "--vpc-zone-identifier <subnet of one zone>,<subnet of another>",
        terraform='resource "aws_autoscaling_group" "this" {\n  vpc_zone_identifier = var.private_subnets\n}',
    ),
    examples=(
        passes({"AvailabilityZones": ["eu-central-1a", "eu-central-1b"]}),
        fails({"AvailabilityZones": ["eu-central-1a"]}),
        is_unknown({"AvailabilityZones": denied(DESCRIBE)}),
    ),
)
def autoscaling_auto_scaling_group_spans_zones(group: Resource) -> Outcome:
    """When its one zone fails, the group has nowhere to start what it lost."""
    zones = sorted(group.config["AvailabilityZones"])
    judge = passed if len(zones) > 1 else failed
    return judge(f"It is in {' and '.join(zones) or 'no zone'}.", "AvailabilityZones")


@check(
    resource_type=GROUP,
    title="Auto Scaling group may use several instance types",
    problem="Auto Scaling group depends on one instance type",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:AutoScaling.6"),
    aliases=("securityhub:AutoScaling.6",),
    remediation=Remediation(
        console=_CONSOLE + "Details → Instance type requirements → Edit: several types of the same size.",
        cli=UPDATE + "--mixed-instances-policy file://policy.json",
        terraform='resource "aws_autoscaling_group" "this" {\n  mixed_instances_policy {\n    launch_template {\n'
        '      override {\n        instance_type = "m7g.large"\n      }\n'
        '      override {\n        instance_type = "m8g.large"\n      }\n    }\n  }\n}',
    ),
    examples=(
        passes(_mixed({"InstanceType": "m7g.large"}, {"InstanceType": "m8g.large"})),
        fails({"LaunchTemplate": {"LaunchTemplateId": "lt-1"}}, "no mixed instances"),
        fails(_mixed({"InstanceType": "m7g.large"}, {"InstanceType": "m7g.large"}), "the same type twice"),
        fails(_mixed(), "nothing but the template's"),
        is_unknown({"MixedInstancesPolicy": denied(DESCRIBE)}),
        does_not_apply(_mixed({"InstanceRequirements": {"VCpuCount": {"Min": 2}}}), "AWS chooses by what is needed"),
    ),
)
def autoscaling_auto_scaling_group_several_types(group: Resource) -> Outcome:
    """In a busy hour AWS runs out of a type in a zone; a group that knows no other one does not grow."""
    overrides = group.config.at("MixedInstancesPolicy", "LaunchTemplate", "Overrides", default=[])
    if any(each.get("InstanceRequirements") for each in overrides):
        return not_applicable("AWS chooses types by what they must have.", _TYPES)
    types = sorted({each["InstanceType"] for each in overrides if each.get("InstanceType")})
    if len(types) > 1:
        return passed(f"It may use {', '.join(types)}.", _TYPES)
    return failed("It uses one instance type.", _TYPES)


@check(
    resource_type=GROUP,
    title="Auto Scaling group starts instances by a launch template",
    problem="Auto Scaling group starts instances by a launch configuration",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:AutoScaling.9"),
    aliases=("securityhub:AutoScaling.9", "prowler:autoscaling_group_using_ec2_launch_template"),
    remediation=Remediation(
        console="EC2 → Launch configurations → the group's → Copy to launch template; then " + _CONSOLE + "Details → "
        "Launch template → Edit → Switch to launch template.",
        cli=UPDATE + "--launch-template 'LaunchTemplateId=<template>,Version=$Default'",
        terraform='resource "aws_autoscaling_group" "this" {\n  launch_template {\n'
        "    id = aws_launch_template.this.id\n  }\n}",
    ),
    examples=(
        passes({"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "3"}}),
        passes(_mixed({"InstanceType": "m7g.large"}), "by mixed instances"),
        fails({"LaunchConfigurationName": "web-2019"}),
        is_unknown({"LaunchTemplate": denied(DESCRIBE), "LaunchConfigurationName": None}),
    ),
)
def autoscaling_auto_scaling_group_uses_template(group: Resource) -> Outcome:
    """Launch configurations know no new instance types and no versions, and AWS lets no new account create any."""
    if group.config.get("LaunchTemplate"):
        return passed("It starts instances by a launch template.", "LaunchTemplate")
    if group.config.at("MixedInstancesPolicy", "LaunchTemplate"):
        return passed("It starts instances by a launch template.", "MixedInstancesPolicy.LaunchTemplate")
    name = group.config.get("LaunchConfigurationName")
    by = f"the launch configuration {name}" if name else "no launch template"
    return failed(f"It starts instances by {by}.", "LaunchConfigurationName")
