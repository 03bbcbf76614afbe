"""CodeBuild projects. What their variables hold is never kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from posture.collectors.codebuild_listing import in_batches, project_names
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource

_EC2 = "arn:{partition}:ec2:{region}:{account}:"
CREDENTIALS = "LocationCredentials"
"""What may be a password in a source's address, which is kept without it."""


@collector(
    resource_type="AWS::CodeBuild::Project",
    title="CodeBuild project",
    plural="CodeBuild projects",
    service="codebuild",
    family=Family.COMPUTE,
    actions=("codebuild:ListProjects", "codebuild:BatchGetProjects", "codebuild:GetResourcePolicy"),
    columns=(
        Column("source.type", "Source"),
        Column("environment.image", "Image"),
        Column("environment.privilegedMode", "Privileged"),
        Column("projectVisibility", "Visibility"),
        Column("vpcConfig.vpcId", "VPC"),
    ),
    relations=(
        Relation("serviceRole", "AWS::IAM::Role"),
        Relation("encryptionKey", "AWS::KMS::Key"),
        Relation("vpcConfig.vpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("vpcConfig.subnets", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
        Relation("vpcConfig.securityGroupIds", "AWS::EC2::SecurityGroup", _EC2 + "security-group/{id}"),
    ),
    ignored=("lastModified", "webhook.lastModifiedSecret", "webhook.status", "webhook.statusMessage"),
    # Build specifications are scripts, into which people write passwords; AWS's addresses hold tokens.
    secret=(
        "badge.badgeRequestUrl",
        "environment.environmentVariables.value",
        "secondarySources.LocationCredentials",
        "secondarySources.buildStatusConfig.targetUrl",
        "secondarySources.buildspec",
        "source.LocationCredentials",
        "source.buildStatusConfig.targetUrl",
        "source.buildspec",
        "webhook.payloadUrl",
        "webhook.secret",
    ),
    unordered=(
        "environment.environmentVariables",
        "secondarySources",
        "secondarySourceVersions",
        "vpcConfig.securityGroupIds",
        "vpcConfig.subnets",
    ),
)
def projects(ask: Ask) -> Iterator[Resource]:
    """A project runs code from a repository with a role of yours: whoever changes the code has the role's rights."""
    found = in_batches(ask, "batch_get_projects", "projects", "names", project_names(ask))
    yield from ask.each(partial(_project, ask), found)


def _project(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    policy = ask.field(
        "codebuild", "get_resource_policy", "policy", absent=("ResourceNotFoundException",), resourceArn=raw["arn"]
    )
    read = {
        **raw,
        "source": _source(raw.get("source") or {}),
        "secondarySources": [_source(each) for each in raw.get("secondarySources") or ()],
        "Policy": document(policy, "codebuild:GetResourcePolicy"),
    }
    return ask.resource(read, arn=raw["arn"], name=raw["name"], tags=raw.get("tags"))


def _source(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source, with the user and password of its address apart."""
    location = raw.get("location") or ""
    if "://" not in location:
        return {**raw, CREDENTIALS: None}
    try:
        parts = urlsplit(location)
    except ValueError:
        # Nothing is kept of an address that may have a password somewhere.
        return {**raw, "location": None, CREDENTIALS: location}
    user, _, host = parts.netloc.rpartition("@")
    clean = urlunsplit((parts.scheme, host, parts.path, "", ""))
    return {**raw, "location": clean, CREDENTIALS: "?".join(filter(None, (user, parts.query, parts.fragment))) or None}
