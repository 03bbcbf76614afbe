"""Names of types and services on the inventory pages."""

from __future__ import annotations

from posture.collectors import all_collectors

SERVICES = {
    "access-analyzer": "IAM Access Analyzer",
    "account": "Account",
    "cloudformation": "CloudFormation",
    "cloudtrail": "CloudTrail",
    "config": "Config",
    "dax": "DynamoDB",
    "detective": "Detective",
    "docdb": "DocumentDB",
    "dynamodb": "DynamoDB",
    "ec2": "EC2, EBS and VPC",
    "ecs": "ECS",
    "efs": "EFS",
    "firehose": "Firehose",
    "fsx": "FSx",
    "glue": "Glue",
    "guardduty": "GuardDuty",
    "iam": "IAM",
    "inspector2": "Inspector",
    "kafka": "MSK",
    "kafkaconnect": "MSK Connect",
    "kms": "KMS",
    "lambda": "Lambda",
    "macie2": "Macie",
    "memorydb": "MemoryDB",
    "neptune": "Neptune",
    "organizations": "Organizations",
    "outposts": "Outposts",
    "rds": "RDS and Aurora",
    "redshift-serverless": "Redshift Serverless",
    "resourcegroupstaggingapi": "Known by their tags alone",
    "s3": "S3",
    "s3control": "S3",
    "secretsmanager": "Secrets Manager",
    "securityhub": "Security Hub",
    "support": "Trusted Advisor",
}
"""AWS's names of services by boto3's names; others keep theirs."""

RETIRED = "No longer collected"
"""The service of types that an earlier version collected."""


def type_title(resource_type: str) -> str:
    """Return the singular name of a type; the type itself if no collector has it."""
    collector = all_collectors().get(resource_type)
    return collector.title if collector else resource_type


def type_plural(resource_type: str) -> str:
    """Return the plural name of a type; the type itself if no collector has it."""
    collector = all_collectors().get(resource_type)
    return collector.plural if collector else resource_type


def service_of(resource_type: str) -> str:
    """Return the name of a type's service."""
    collector = all_collectors().get(resource_type)
    return SERVICES.get(collector.service, collector.service) if collector else RETIRED


def own_id(arn: str) -> str:
    """Return the last part of an ARN, which for most services is the resource's id."""
    return arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def counted(number: int, resource_type: str) -> str:
    """Return a number of resources in words, as "40 S3 buckets"."""
    return f"{number:,} {type_title(resource_type) if number == 1 else type_plural(resource_type)}"


def in_words(number: int, resource_type: str) -> str:
    """Return a number of resources for use in a sentence: "40 instances"."""
    title = (type_title(resource_type) if number == 1 else type_plural(resource_type)).removeprefix("EC2 ")
    return f"{number:,} {title[:1].lower() if title[1:2].islower() else title[:1]}{title[1:]}"
