"""Kinds of doors, and what makes a resource one.

A load balancer is a door by its scheme. An instance or a database is one where the check of its address fails: the
page follows the check, and has no opinion of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from posture.core.values import Unknown

CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
DISTRIBUTION = "AWS::CloudFront::Distribution"
REST_API, REST_STAGE = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage"
HTTP_API, HTTP_STAGE = "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"
FUNCTION = "AWS::Lambda::Function"
INSTANCE = "AWS::EC2::Instance"
BUCKET = "AWS::S3::Bucket"
DATABASE, WAREHOUSE, SEARCH = "AWS::RDS::DBInstance", "AWS::Redshift::Cluster", "AWS::OpenSearchService::Domain"
KUBERNETES = "AWS::EKS::Cluster"
CERTIFICATE = "AWS::CertificateManager::Certificate"

Config = Mapping[str, Any]


class DoorKind(StrEnum):
    """A kind of door, in the order of the picture's columns."""

    BALANCER = "balancers"
    DISTRIBUTION = "distributions"
    API = "apis"
    FUNCTION = "functions"
    ADDRESS = "addresses"
    BUCKET = "buckets"
    DATABASE = "databases"
    CLUSTER = "clusters"


@dataclass(frozen=True, slots=True)
class KindWords:
    """The name of a kind's column in at most two lines, and of one such door."""

    lines: Sequence[str]
    noun: str

    @property
    def name(self) -> str:
        """The name in one line."""
        return self.words[0].upper() + self.words[1:]

    @property
    def words(self) -> str:
        """The name within a sentence."""
        return " ".join(self.lines)


KINDS = {
    DoorKind.BALANCER: KindWords(("load", "balancers"), "load balancer"),
    DoorKind.DISTRIBUTION: KindWords(("CloudFront",), "CloudFront distribution"),
    DoorKind.API: KindWords(("APIs",), "API"),
    DoorKind.FUNCTION: KindWords(("function", "URLs"), "function URL"),
    DoorKind.ADDRESS: KindWords(("public", "addresses"), "public address"),
    DoorKind.BUCKET: KindWords(("buckets",), "public bucket"),
    DoorKind.DATABASE: KindWords(("databases",), "public database"),
    DoorKind.CLUSTER: KindWords(("EKS",), "Kubernetes endpoint"),
}
KIND_OF = {
    CLASSIC: DoorKind.BALANCER,
    BALANCER: DoorKind.BALANCER,
    DISTRIBUTION: DoorKind.DISTRIBUTION,
    REST_API: DoorKind.API,
    HTTP_API: DoorKind.API,
    FUNCTION: DoorKind.FUNCTION,
    INSTANCE: DoorKind.ADDRESS,
    BUCKET: DoorKind.BUCKET,
    DATABASE: DoorKind.DATABASE,
    WAREHOUSE: DoorKind.DATABASE,
    SEARCH: DoorKind.DATABASE,
    KUBERNETES: DoorKind.CLUSTER,
}
"""The kind of door that a resource type can be."""
MADE_BY_CHECK = {
    REST_API: "apigateway_rest_api_private",
    INSTANCE: "ec2_instance_no_public_address",
    BUCKET: "s3_bucket_not_public",
    DATABASE: "rds_instance_not_public",
    WAREHOUSE: "redshift_cluster_not_public",
    SEARCH: "opensearch_domain_in_vpc",
    KUBERNETES: "eks_cluster_endpoint_private",
}
"""The check that fails where a resource of the type faces the internet."""


def _faces_internet(config: Config) -> bool | None:
    return _is(config.get("Scheme"), "internet-facing")


def _has_url(config: Config) -> bool | None:
    urls = config.get("FunctionUrlConfigs")
    return None if isinstance(urls, Unknown) else bool(urls)


def _is(value: Any, expected: Any) -> bool | None:
    return None if isinstance(value, Unknown) else value == expected


MADE_BY_CONFIG: Mapping[str, Callable[[Config], bool | None]] = {
    CLASSIC: _faces_internet,
    BALANCER: _faces_internet,
    DISTRIBUTION: lambda config: _is(config.get("Enabled"), True),
    HTTP_API: lambda _: True,
    FUNCTION: _has_url,
}
"""Whether a resource of the type is a door; None where that could not be read."""
