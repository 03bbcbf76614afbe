"""Judge key pairs: whether anything is launched with them."""

from __future__ import annotations

from functools import partial

from posture.core.check import Remediation, check, denied, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.values import any_of

KEY_PAIR = "AWS::EC2::KeyPair"
INSTANCE, TEMPLATE = "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"
CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"
_OPERATIONS = {"KeyName": "operations"}


@check(
    resource_type=KEY_PAIR,
    title="Key pair is in use",
    problem="Key pair is not used by any instance",
    severity=Severity.LOW,
    controls=("practices:iam", "practices:legacy"),
    needs=(INSTANCE, TEMPLATE, CONFIGURATION),
    remediation=Remediation(
        console="EC2 → Key pairs → {name} → Actions → Delete. Log in by Session Manager, which needs no key.",
        cli="aws ec2 delete-key-pair --region {region} --key-name {name}",
    ),
    examples=(
        passes(_OPERATIONS, related=[neighbour(INSTANCE, {"KeyName": "operations"})]),
        passes(
            _OPERATIONS,
            "a launch template",
            related=[neighbour(TEMPLATE, {"LaunchTemplateData": {"KeyName": "operations"}})],
            gaps=[INSTANCE],
        ),
        passes(_OPERATIONS, "a launch configuration", related=[neighbour(CONFIGURATION, {"KeyName": "operations"})]),
        fails(_OPERATIONS, related=[neighbour(INSTANCE, {"KeyName": "deploy"}), neighbour(INSTANCE, {})]),
        is_unknown(_OPERATIONS, gaps=[INSTANCE]),
        is_unknown({"KeyName": denied("ec2:DescribeKeyPairs")}),
        is_unknown(_OPERATIONS, "the launch templates are unknown", gaps=[TEMPLATE]),
    ),
)
def ec2_key_pair_in_use(key_pair: Resource, related: Related) -> Outcome:
    """A key that no instance was launched with opens the next one for which somebody picks it from the list.

    By then nobody knows who has copies of its private half.
    """
    name = key_pair.config["KeyName"]
    uses = (
        lambda: _names(related, INSTANCE, name),
        lambda: _names(related, TEMPLATE, name),
        lambda: _names(related, CONFIGURATION, name),
    )
    if any_of(*uses):
        return passed("Something in the region is launched with it.", "KeyName")
    return failed("No instance, launch template or launch configuration of the region names it.", "KeyName")


def _names(related: Related, resource_type: str, name: str) -> bool:
    return any_of(*(partial(_is_launched_with, each, name) for each in related.here(resource_type)))


def _is_launched_with(resource: Resource, name: str) -> bool:
    config = resource.config
    data = config.get("LaunchTemplateData") if resource.type == TEMPLATE else config
    return bool(data) and data.get("KeyName") == name
