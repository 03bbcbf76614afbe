"""App Runner services: image or code, role, network and encryption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_DETAILS = (
    "SourceConfiguration",
    "InstanceConfiguration",
    "EncryptionConfiguration",
    "HealthCheckConfiguration",
    "NetworkConfiguration",
    "ObservabilityConfiguration",
)
"""What DescribeService adds to the listing."""
_IMAGE = "SourceConfiguration.ImageRepository"
_CODE = "SourceConfiguration.CodeRepository.CodeConfiguration.CodeConfigurationValues"
_ABSENT = ("ResourceNotFoundException",)


@collector(
    resource_type="AWS::AppRunner::Service",
    title="App Runner service",
    plural="App Runner services",
    service="apprunner",
    family=Family.COMPUTE,
    actions=("apprunner:ListServices", "apprunner:DescribeService", "apprunner:ListTagsForResource"),
    columns=(
        Column("observed.Status", "Status"),
        Column(f"{_IMAGE}.ImageIdentifier", "Image"),
        Column(f"{_CODE}.Runtime", "Runtime"),
        Column("NetworkConfiguration.IngressConfiguration.IsPubliclyAccessible", "Public"),
        Column("SourceConfiguration.AutoDeploymentsEnabled", "Deploys by itself"),
    ),
    relations=(
        Relation("InstanceConfiguration.InstanceRoleArn", "AWS::IAM::Role"),
        Relation("SourceConfiguration.AuthenticationConfiguration.AccessRoleArn", "AWS::IAM::Role"),
        Relation("EncryptionConfiguration.KmsKey", "AWS::KMS::Key"),
    ),
    ignored=("UpdatedAt",),
    observed=("Status",),
    # People write passwords into environments and command lines.
    secret=(
        f"{_IMAGE}.ImageConfiguration.RuntimeEnvironmentVariables",
        f"{_IMAGE}.ImageConfiguration.StartCommand",
        f"{_CODE}.RuntimeEnvironmentVariables",
        f"{_CODE}.BuildCommand",
        f"{_CODE}.StartCommand",
    ),
)
def services(ask: Ask) -> Iterator[Resource]:
    """A container with an address on the internet, made of an image or of code by one command and easily forgotten."""
    listed = [
        raw for raw in ask.pages("apprunner", "list_services", "ServiceSummaryList") if raw["Status"] != "DELETED"
    ]
    yield from ask.each(partial(_service, ask), listed)


def _service(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    arn = raw["ServiceArn"]
    found = ask.together(
        {
            "service": lambda: ask.field("apprunner", "describe_service", "Service", absent=_ABSENT, ServiceArn=arn),
            "tags": lambda: ask.field("apprunner", "list_tags_for_resource", "Tags", absent=_ABSENT, ResourceArn=arn),
        }
    )
    service = found["service"]
    unread = isinstance(service, Unknown)
    details = {key: service if unread else (service or {}).get(key) for key in _DETAILS}
    return ask.resource({**raw, **details}, arn=arn, name=raw["ServiceName"], tags=found["tags"])
