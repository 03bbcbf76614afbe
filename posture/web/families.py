"""Which family a resource type belongs to."""

from __future__ import annotations

from collections.abc import Mapping

NETWORK, STORAGE, DATABASES, COMPUTE = "Network", "Storage", "Databases", "Compute"
IDENTITY, SECURITY, DATA, OTHER = "Identity and keys", "Watch and logs", "Data and analytics", "Other"

FAMILY_BY_TYPE: Mapping[str, str] = {
    "AWS::EC2::Volume": STORAGE,
    "AWS::EC2::Snapshot": STORAGE,
    "AWS::EC2::Image": COMPUTE,
    "AWS::EC2::Instance": COMPUTE,
    "AWS::EC2::LaunchTemplate": COMPUTE,
    "AWS::EC2::FlowLog": SECURITY,
}
"""Types whose family is not that of their service."""
FAMILY_BY_SERVICE: Mapping[str, str] = {
    **dict.fromkeys(("EC2", "ElasticLoadBalancing", "ElasticLoadBalancingV2", "CloudFront", "Route53"), NETWORK),
    **dict.fromkeys(("ApiGateway", "ApiGatewayV2", "WAFv2"), NETWORK),
    **dict.fromkeys(("S3", "EFS", "FSx", "Backup", "ECR"), STORAGE),
    **dict.fromkeys(("RDS", "DynamoDB", "ElastiCache", "DocDB", "Neptune", "MemoryDB"), DATABASES),
    **dict.fromkeys(("Lambda", "ECS", "EKS", "AutoScaling", "Batch", "Outposts", "SSM", "CloudFormation"), COMPUTE),
    **dict.fromkeys(("IAM", "KMS", "SecretsManager", "AccessAnalyzer", "Organizations", "SSO"), IDENTITY),
    **dict.fromkeys(("CertificateManager",), IDENTITY),
    **dict.fromkeys(("Glue", "Athena", "LakeFormation", "EMR", "Redshift", "Kinesis", "MSK"), DATA),
    **dict.fromkeys(("SQS", "SNS", "OpenSearchService"), DATA),
    **dict.fromkeys(
        ("CloudTrail", "Config", "GuardDuty", "SecurityHub", "InspectorV2", "Macie", "Detective", "Support", "Logs"),
        SECURITY,
    ),
}


def family_of(resource_type: str) -> str:
    """Return the family of a type as AWS::Service::Type; "Other" for a service that has none."""
    _, _, rest = resource_type.partition("::")
    return FAMILY_BY_TYPE.get(resource_type) or FAMILY_BY_SERVICE.get(rest.partition("::")[0], OTHER)
