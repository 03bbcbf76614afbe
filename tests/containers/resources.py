"""What runs containers, and from which images, as collectors would return it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.history.scope import Scope
from posture.pages.containers import queries, ways
from tests.history.world import sweep
from tests.web.world import World

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
REGION = "eu-central-1"
TARGET_GROUP, LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ElasticLoadBalancingV2::LoadBalancer"
OURS, THEIRS = "222222222222", "333333333333"
TYPES = (
    *queries.RUNNERS, *queries.AROUND, TARGET_GROUP, LOAD_BALANCER, ways.INSTANCE,
)  # fmt: skip
HOLED, CLEAN, UNSCANNED, OLD, LOST = (f"sha256:{digit * 64}" for digit in "12345")
"""Digests: of an image with a critical, a clean one, one never scanned, one with an old scan, one that is gone."""
GROUP_ARN = f"arn:aws:elasticloadbalancing:{REGION}:{OURS}:targetgroup/shop/1"
BALANCER_ARN = f"arn:aws:elasticloadbalancing:{REGION}:{OURS}:loadbalancer/app/shop/1"
CLUSTER_ARN = f"arn:aws:ecs:{REGION}:{OURS}:cluster/shop"
EKS_ARN = f"arn:aws:eks:{REGION}:{OURS}:cluster/k8s"


def _a(
    kind: str, arn: str, name: str, config: Mapping[str, Any], observed: Mapping[str, Any] | None = None
) -> Resource:
    return Resource(kind, arn, arn.split(":")[4] or OURS, REGION, name, config, observed or {})


def uri(name: str, account_id: str = OURS) -> str:
    """Return an image's name in ECR."""
    return f"{account_id}.dkr.ecr.{REGION}.amazonaws.com/{name}"


def image(digest: str, tag: str, counts: Mapping[str, int] | None, **more: Any) -> dict[str, Any]:
    """Return what a repository keeps of an image."""
    return {
        "imageDigest": digest,
        "imageTags": [tag],
        "imagePushedAt": "2026-04-01T08:00:00Z",
        "scanStatus": None if counts is None else "ACTIVE",
        "scanCompletedAt": None if counts is None else "2026-05-03T08:00:00Z",
        "findingSeverityCounts": counts,
        "fixes": None,
        **more,
    }


FIXES = {"critical": 1, "packages": [["openssl", "3.0.11", "3.0.15"]]}
IMAGES = (
    image(HOLED, "2.14", {"CRITICAL": 2, "HIGH": 3}, fixes=FIXES),
    image(CLEAN, "2.15", {"LOW": 3}),
    image(UNSCANNED, "main", None),
    image(OLD, "1.0", {"HIGH": 1}, scanStatus="COMPLETE", scanCompletedAt="2026-01-03T08:00:00Z"),
)


def repository(
    *images: Mapping[str, Any], name: str = "shop-web", account_id: str = OURS, count: int | None = None
) -> Resource:
    """Return a repository with images."""
    kept = list(images or IMAGES)
    observed = {"NewestImages": kept, "PulledImages": [], "ImageCount": len(kept) if count is None else count}
    arn = f"arn:aws:ecr:{REGION}:{account_id}:repository/{name}"
    config = {"repositoryName": name, "imageTagMutability": "MUTABLE"}
    return _a(ways.REPOSITORY, arn, name, config, observed)


def service(
    name: str = "web", digest: str = HOLED, *, launch: str = "FARGATE", of: str = "shop-web:2.14", public: bool = True,
    account_id: str = OURS,
) -> Resource:  # fmt: skip
    """Return a service of three tasks, behind a load balancer on the internet by default."""
    running = [{"image": of if "/" in of else uri(of), "imageDigest": digest, "launchType": launch, "tasks": 3}]
    config = {
        "launchType": launch,
        "clusterArn": CLUSTER_ARN.replace(OURS, account_id),
        "loadBalancers": [{"targetGroupArn": GROUP_ARN}] if public else [],
        "networkConfiguration": {"awsvpcConfiguration": {"assignPublicIp": "DISABLED"}},
        "enableExecuteCommand": False,
    }
    arn = f"arn:aws:ecs:{REGION}:{account_id}:service/shop/{name}"
    return _a(ways.SERVICE, arn, name, config, {"RunningImages": running, "status": "ACTIVE"})


def balancer() -> list[Resource]:
    """Return a load balancer on the internet with its target group."""
    return [
        _a(TARGET_GROUP, GROUP_ARN, "shop", {"LoadBalancerArns": [BALANCER_ARN]}),
        _a(LOAD_BALANCER, BALANCER_ARN, "shop", {"Scheme": "internet-facing", "Type": "application"}),
    ]


def function(name: str = "letters", digest: str = CLEAN, *, auth: str = "AWS_IAM") -> Resource:
    """Return a function made of an image."""
    config = {
        "PackageType": "Image",
        "CodeSha256": digest.removeprefix("sha256:"),
        "FunctionUrlConfigs": [{"AuthType": auth}],
        "Policy": None,
        "Aliases": [],
    }
    return _a(ways.FUNCTION, f"arn:aws:lambda:{REGION}:{OURS}:function:{name}", name, config)


def app_runner(identifier: str = "shop-web:main") -> Resource:
    """Return an App Runner service that the internet reaches."""
    source = {"ImageRepository": {"ImageIdentifier": uri(identifier), "ImageConfiguration": {}}}
    config = {
        "SourceConfiguration": {**source, "AutoDeploymentsEnabled": False},
        "NetworkConfiguration": {"IngressConfiguration": {"IsPubliclyAccessible": True}},
    }
    return _a(ways.APP_RUNNER, f"arn:aws:apprunner:{REGION}:{OURS}:service/pages/1", "pages", config)


def host(name: str = "i-1", *tools: str) -> Resource:
    """Return an instance whose start-up script starts containers."""
    config = {"InstanceId": name, "NetworkInterfaces": [{"Association": {"IpOwnerId": "amazon"}}]}
    observed = {"ContainerTools": list(tools or ["Docker"]), "State": {"Name": "running"}}
    return _a(ways.INSTANCE, f"arn:aws:ec2:{REGION}:{OURS}:instance/{name}", name, config, observed)


def eks() -> list[Resource]:
    """Return an EKS cluster with a node group and a Fargate profile, not read inside."""
    part = {"clusterName": "k8s"}
    return [
        _a(ways.EKS_CLUSTER, EKS_ARN, "k8s", {"version": "1.34"}),
        _a(ways.NODE_GROUP, f"arn:aws:eks:{REGION}:{OURS}:nodegroup/k8s/main/1", "main", part),
        _a(ways.FARGATE_PROFILE, f"arn:aws:eks:{REGION}:{OURS}:fargateprofile/k8s/jobs/1", "jobs",
           {**part, "selectors": [{"namespace": "jobs"}]}),
    ]  # fmt: skip


def pods(name: str = "api", namespace: str = "shop", digest: str = CLEAN) -> Resource:
    """Return a deployment of the EKS cluster with two pods."""
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "app", "image": uri("shop-web:2.15")}]},
    }
    config = {"kind": "Deployment", "metadata": {"name": name, "namespace": namespace}, "spec": {"template": template}}
    running = {"Pods": {"Running": 2}, "Images": [{"Image": uri("shop-web:2.15"), "Digest": digest, "Pods": 2}]}
    return _a(queries.WORKLOAD, f"{EKS_ARN}/{namespace}/Deployment/{name}", name, config, {"Running": running})


def front(annotations: Mapping[str, str], selects: str = "api", namespace: str = "shop") -> Resource:
    """Return a service of the EKS cluster with a load balancer."""
    metadata = {"name": "front", "namespace": namespace, "annotations": annotations}
    config = {"kind": "Service", "metadata": metadata, "spec": {"type": "LoadBalancer", "selector": {"app": selects}}}
    return _a(queries.KUBERNETES_SERVICE, f"{EKS_ARN}/{namespace}/Service/front", "front", config)


def gap(kind: str, region: str = REGION) -> Gap:
    """Return the refusal of a type's listing."""
    return Gap("", region, kind, "ecs:ListClusters", GapReason.DENIED, "AccessDenied")


def record(account: AwsAccount, *resources: Resource, gaps: Iterable[Gap] = (), day: int = 0) -> None:
    """Record what an account answered."""
    at = AT.replace(day=AT.day + day)
    sweep(account, at, resources, list(gaps), regions=(REGION,), swept_types=TYPES, global_types=())


def an_image(world: World) -> str:
    """Record a service; return the id of the image that it runs."""
    if not (images := queries.load_estate(Scope.of(world.admin)).images):
        record(world.ours, service(), repository())
        images = queries.load_estate(Scope.of(world.admin)).images
    return images[0].id
