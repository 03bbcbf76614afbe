"""Tagged resources of types without a collector, from the tagging API.

It shows what was tagged at least once and nothing else, so it counts no population and proves no absence.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from posture.core.arn import Arn
from posture.core.collector import Ask, Collector, Column, collector
from posture.core.registry import declared
from posture.core.resource import Resource

_OTHER_NAMES = {
    "acm:certificate": "AWS::CertificateManager::Certificate",
    "apigateway:apis": "AWS::ApiGatewayV2::Api",
    "apigateway:restapis": "AWS::ApiGateway::RestApi",
    "athena:workgroup": "AWS::Athena::WorkGroup",
    "cloudwatch:alarm": "AWS::CloudWatch::Alarm",
    "ec2:customergateway": "AWS::EC2::CustomerGateway",
    "ec2:elasticip": "AWS::EC2::EIP",
    "ec2:vpcflowlog": "AWS::EC2::FlowLog",
    "ec2:natgateway": "AWS::EC2::NatGateway",
    "ec2:vpcpeeringconnection": "AWS::EC2::VPCPeeringConnection",
    "elasticache:cluster": "AWS::ElastiCache::CacheCluster",
    "elasticloadbalancing:loadbalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "elasticloadbalancing:targetgroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "elasticfilesystem:accesspoint": "AWS::EFS::AccessPoint",
    "elasticfilesystem:filesystem": "AWS::EFS::FileSystem",
    "es:domain": "AWS::OpenSearchService::Domain",
    "events:rule": "AWS::Events::Rule",
    "iam:policy": "AWS::IAM::ManagedPolicy",
    "rds:cluster": "AWS::RDS::DBCluster",
    "rds:clustersnapshot": "AWS::RDS::DBClusterSnapshot",
    "rds:db": "AWS::RDS::DBInstance",
    "rds:snapshot": "AWS::RDS::DBSnapshot",
    "s3:": "AWS::S3::Bucket",
    "sns:": "AWS::SNS::Topic",
    "sqs:": "AWS::SQS::Queue",
    "states:statemachine": "AWS::StepFunctions::StateMachine",
    "wafv2:global": "AWS::WAFv2::WebACL",
    "wafv2:regional": "AWS::WAFv2::WebACL",
}
"""Types whose ARN does not spell their name: `service:resource` without hyphens, in lower case."""

_WITHOUT_KIND = {"s3", "sns", "sqs"}
"""Services whose ARNs hold the name alone."""


@collector(
    resource_type="AWS::ResourceGroupsTaggingAPI::Resource",
    title="Other tagged resource",
    plural="Other tagged resources",
    service="resourcegroupstaggingapi",
    actions=("tag:GetResources",),
    columns=(Column("Service", "Service"), Column("ResourceType", "Type")),
)
def tagged_resources(ask: Ask) -> Iterator[Resource]:
    """What Plumbline does not look into yet, but whose tags say what it is, whose, and how sensitive."""
    own = _own_types()
    mappings = ask.pages("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", ResourcesPerPage=100)
    for mapping in mappings:
        arn = Arn.parse(mapping["ResourceARN"])
        kind = kind_of(arn)
        if _type_key(arn.service, kind) not in own:
            yield ask.resource(
                {"Service": arn.service, "ResourceType": kind}, arn=mapping["ResourceARN"], tags=mapping["Tags"]
            )


def kind_of(arn: Arn) -> str:
    """Return the kind in an ARN, as it spells it: `function`, `db`; empty where none."""
    if arn.service in _WITHOUT_KIND:
        return ""
    if arn.service == "apigateway":
        return arn.resource.strip("/").split("/")[0]
    head, _, rest = arn.resource.replace(":", "/").partition("/")
    return head if rest else ""


@cache
def _own_types() -> frozenset[str]:
    """Return the `service:resource` keys of all types that have a collector."""
    types = declared("posture.collectors", Collector, "resource_type")
    spelled = {_type_key(*name.split("::")[1:]) for name in types}
    return frozenset(spelled | {key for key, name in _OTHER_NAMES.items() if name in types})


def _type_key(service: str, kind: str) -> str:
    return f"{service}:{kind}".replace("-", "").lower()
