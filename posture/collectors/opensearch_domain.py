"""Domains of OpenSearch Service and Elasticsearch, which share one API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource

_DESCRIBE = "es:DescribeDomains"
_AT_ONCE = 5
"""What DescribeDomains takes in one call."""


@collector(
    resource_type="AWS::OpenSearchService::Domain",
    title="OpenSearch domain",
    plural="OpenSearch domains",
    service="opensearch",
    family=Family.DATA,
    arn_names=("es:domain",),
    actions=("es:ListDomainNames", _DESCRIBE, "es:ListTags"),
    columns=(
        Column("EngineVersion", "Version"),
        Column("VPCOptions.VPCId", "VPC"),
        Column("EncryptionAtRestOptions.Enabled", "Encrypted"),
        Column("AdvancedSecurityOptions.Enabled", "Fine-grained access"),
        Column("ClusterConfig.InstanceCount", "Data nodes"),
    ),
    relations=(
        Relation("VPCOptions.VPCId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation("VPCOptions.SubnetIds", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"),
        Relation(
            "VPCOptions.SecurityGroupIds",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
        Relation("EncryptionAtRestOptions.KmsKeyId", "AWS::KMS::Key"),
        Relation("DomainEndpointOptions.CustomEndpointCertificateArn", "AWS::CertificateManager::Certificate"),
    ),
    ignored=(
        "AIMLOptions.NaturalLanguageQueryGenerationOptions.CurrentState",
        "AutoTuneOptions.ErrorMessage",
        "AutomatedSnapshotPauseOptions.State",
        "ChangeProgressDetails",
        "ModifyingProperties",
    ),
    # AWS announces updates when it has some: not the account's doing, but a check reads it.
    observed=(
        "Created",
        "Deleted",
        "DomainProcessingStatus",
        "Processing",
        "ServiceSoftwareOptions",
        "UpgradeProcessing",
    ),
    unordered=("VPCOptions.AvailabilityZones", "VPCOptions.SecurityGroupIds", "VPCOptions.SubnetIds"),
    data_store=True,
)
def domains(ask: Ask) -> Iterator[Resource]:
    """Search domains hold logs and copies of customers' records; open ones are found by machines within hours."""
    listed = ask.pages("opensearch", "list_domain_names", "DomainNames")
    names = (raw["DomainName"] for raw in listed)
    described: list[Mapping[str, Any]] = []
    while some := list(islice(names, _AT_ONCE)):
        described += ask.pages("opensearch", "describe_domains", "DomainStatusList", DomainNames=some)
    get = partial(ask.field, "opensearch", "list_tags", "TagList", absent=("ResourceNotFoundException",))
    tags = ask.each(lambda raw: get(ARN=raw["ARN"]), described)
    for raw, tagged in zip(described, tags, strict=True):
        yield ask.resource(_read(raw), arn=raw["ARN"], name=raw["DomainName"], tags=tagged)


def _read(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a domain's configuration with the fields that AWS leaves out when unset."""
    policy = document(raw.get("AccessPolicies") or None, _DESCRIBE)
    return {"VPCOptions": None, "LogPublishingOptions": {}, **raw, "AccessPolicies": policy}
