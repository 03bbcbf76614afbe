"""Judge ECS services: their machines, how they are reached, and logs of shells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import Resource

SERVICE = "AWS::ECS::Service"
CLUSTER = "AWS::ECS::Cluster"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
DESCRIBE = "ecs:DescribeServices"
FARGATE = {"FARGATE", "FARGATE_SPOT"}
LATEST = {"LINUX": "1.4.0", "WINDOWS": "1.0.0"}
"""The newest Fargate platform, as Amazon ECS's developer guide said in November 2026."""
_STRATEGY = "capacityProviderStrategy"
_ARN = "arn:aws:ecs:eu-central-1:111122223333:cluster/shop"


def _by(provider: str, **rest: Any) -> dict[str, Any]:
    """Return a service that takes its capacity from a provider, for examples."""
    return {"clusterArn": _ARN, _STRATEGY: [{"capacityProvider": provider, "weight": 1}], **rest}


def _cluster(**config: Any) -> Resource:
    return replace(neighbour(CLUSTER, config, name="shop"), arn=_ARN)


def _providers(service: Resource) -> list[str]:
    """Return where a service's tasks run: a launch type, or its capacity providers."""
    strategy = [str(one["capacityProvider"]) for one in service.config.items_of(_STRATEGY)]
    return strategy or [str(service.config.get("launchType") or "EC2")]


@check(
    resource_type=SERVICE,
    title="ECS service gives its tasks no public address",
    problem="ECS service gives its tasks public addresses",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:vpc", "aws_fsbp:ECS.2"),
    aliases=("prowler:ecs_service_no_assign_public_ip", "securityhub:ECS.2"),
    remediation=Remediation(
        console="ECS → the cluster → the service → Update → Networking → Public IP: turned off. Tasks then need a NAT "
        "gateway or VPC endpoints to pull images.",
        cli="aws ecs update-service --region {region} --cluster CLUSTER --service {name} --network-configuration "
        "'awsvpcConfiguration=[subnets=[SUBNET],securityGroups=[GROUP],assignPublicIp=DISABLED]'",
        terraform='resource "aws_ecs_service" "this" {\n  network_configuration {\n    assign_public_ip = false\n'
        "  }\n}",
    ),
    examples=(
        passes({"networkConfiguration": {"awsvpcConfiguration": {"assignPublicIp": "DISABLED"}}}),
        fails({"networkConfiguration": {"awsvpcConfiguration": {"assignPublicIp": "ENABLED"}}}),
        is_unknown({"networkConfiguration": denied(DESCRIBE)}),
        does_not_apply({}, "its tasks have their host's addresses"),
    ),
)
def ecs_service_no_public_address(service: Resource) -> Outcome:
    """With a public address each task is on the internet itself, guarded by its security group alone."""
    network = service.config.at("networkConfiguration", "awsvpcConfiguration")
    path = "networkConfiguration.awsvpcConfiguration.assignPublicIp"
    if network is None:
        return not_applicable("The service's tasks have no addresses of their own.", "networkConfiguration")
    if network.get("assignPublicIp") == "ENABLED":
        return failed("Each task of the service gets a public address.", path)
    return passed("The service's tasks get no public address.", path)


@check(
    resource_type=SERVICE,
    title="ECS service runs on the latest Fargate platform",
    problem="ECS service runs on an old Fargate platform",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:legacy", "aws_fsbp:ECS.10"),
    aliases=("prowler:ecs_service_fargate_latest_platform_version", "securityhub:ECS.10"),
    remediation=Remediation(
        console="ECS → the cluster → the service → Update → Compute configuration → Platform version: LATEST.",
        cli="aws ecs update-service --region {region} --cluster CLUSTER --service {name} --platform-version LATEST "
        "--force-new-deployment",
        terraform='resource "aws_ecs_service" "this" {\n  platform_version = "LATEST"\n}',
    ),
    examples=(
        passes({"launchType": "FARGATE", "platformVersion": "LATEST"}),
        passes({"launchType": "FARGATE", "platformVersion": "1.0.0", "platformFamily": "Windows"}, "Windows"),
        fails({"launchType": "FARGATE", "platformVersion": "1.3.0", "platformFamily": "Linux"}),
        fails(_by("FARGATE_SPOT", platformVersion="1.3.0"), "by capacity provider"),
        is_unknown({"launchType": "FARGATE", "platformVersion": denied(DESCRIBE)}),
        does_not_apply({"launchType": "EC2"}, "on instances"),
    ),
)
def ecs_service_fargate_platform_latest(service: Resource) -> Outcome:
    """The platform is the kernel and runtime below your containers; an older one is patched late, and then no more."""
    if not set(_providers(service)) & FARGATE:
        return not_applicable("The service does not run on Fargate.", "launchType")
    version = service.config.get("platformVersion") or "LATEST"
    family = str(service.config.get("platformFamily") or "LINUX").upper()
    newest = next((number for name, number in LATEST.items() if family.startswith(name)), LATEST["LINUX"])
    if version in {"LATEST", newest}:
        return passed(f"The service runs on Fargate's platform {version}.", "platformVersion")
    return failed(f"The service is held on Fargate's platform {version}; the latest is {newest}.", "platformVersion")


@check(
    resource_type=SERVICE,
    title="ECS service runs on machines that AWS patches",
    problem="ECS service runs on machines that AWS does not patch",
    severity=Severity.LOW,
    controls=("practices:legacy", "practices:containers"),
    needs=(CLUSTER,),
    remediation=Remediation(
        console="Move the service to Fargate or to ECS Managed Instances: ECS → the cluster → the service → Update → "
        "Compute configuration. The task definition has to allow FARGATE, with network mode awsvpc.",
        cli="aws ecs update-service --region {region} --cluster CLUSTER --service {name} --force-new-deployment "
        "--capacity-provider-strategy capacityProvider=FARGATE,weight=1",
        terraform='resource "aws_ecs_service" "this" {\n  launch_type = "FARGATE"\n}',
    ),
    examples=(
        passes({"launchType": "FARGATE"}),
        passes(_by("FARGATE")),
        passes(
            _by("pool"),
            "managed instances",
            related=[_cluster(CapacityProviderDetails=[{"name": "pool", "launchType": "MANAGED_INSTANCES"}])],
        ),
        fails({"launchType": "EC2"}),
        fails(
            _by("pool"),
            "a group of own instances",
            related=[_cluster(CapacityProviderDetails=[{"name": "pool", "launchType": "EC2"}])],
        ),
        is_unknown({"launchType": denied(DESCRIBE)}),
        is_unknown(_by("pool"), "a provider that was not seen", related=[_cluster(CapacityProviderDetails=[])]),
        does_not_apply({"launchType": "EXTERNAL"}, "on machines of your own"),
    ),
)
def ecs_service_on_managed_machines(service: Resource, related: Related) -> Outcome:
    """On instances of your own their system, agent and kernel are yours to patch; elsewhere that is AWS's duty.

    A container that escapes there finds its neighbours, too. Fargate and managed instances are patched by AWS.
    """
    path = _STRATEGY if service.config.items_of(_STRATEGY) else "launchType"
    providers = set(_providers(service)) - FARGATE
    kinds = {one: _kind(one, service, related) for one in sorted(providers)}
    own = [name for name, kind in kinds.items() if kind == "EC2"]
    if own:
        by = "" if own == ["EC2"] else f", by the capacity provider {', '.join(own)}"
        return failed(f"The service runs on EC2 instances that you patch{by}.", path)
    if None in kinds.values():
        return unknown("It was not seen whose machines the capacity provider starts.", path)
    if "EXTERNAL" in kinds.values():
        return not_applicable("The service runs on machines outside AWS.", path)
    return passed("The service runs on machines that AWS patches.", path)


def _kind(provider: str, service: Resource, related: Related) -> str | None:
    if provider in {"EC2", "EXTERNAL", "MANAGED_INSTANCES"}:
        return provider
    for cluster in related.here_by(CLUSTER, _cluster_arn, service.config["clusterArn"]):
        for detail in cluster.config["CapacityProviderDetails"]:
            if detail["name"] == provider:
                return str(detail["launchType"]) if detail.get("launchType") else None
    return None


def _cluster_arn(cluster: Resource) -> Iterator[str]:
    yield cluster.arn


def _exec(logging: str, **rest: Any) -> Resource:
    return _cluster(configuration={"executeCommandConfiguration": {"logging": logging, **rest}})


def _task(driver: str | None) -> Resource:
    log = {"logConfiguration": {"logDriver": driver}} if driver else {}
    return neighbour(
        TASK_DEFINITION,
        {"taskDefinition": {"taskDefinitionArn": "web:1", "containerDefinitions": [{"name": "web", **log}]}},
        name="web",
    )


_OPEN = {"clusterArn": _ARN, "taskDefinition": "web:1", "enableExecuteCommand": True}
_BUCKET = {"logConfiguration": {"s3BucketName": "shells"}}


@check(
    resource_type=SERVICE,
    title="ECS service records shells that people open in it",
    problem="ECS service does not record shells that people open in it",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:activity"),
    needs=(CLUSTER, TASK_DEFINITION),
    remediation=Remediation(
        console="ECS → Clusters → the cluster → Update cluster → ECS Exec: log to CloudWatch Logs or S3, encrypted "
        "with a key; or turn ECS Exec off for the service.",
        cli="aws ecs update-service --region {region} --cluster CLUSTER --service {name} --disable-execute-command "
        "--force-new-deployment",
        terraform='resource "aws_ecs_cluster" "this" {\n  configuration {\n    execute_command_configuration {\n'
        '      logging = "OVERRIDE"\n      log_configuration {\n        s3_bucket_name = aws_s3_bucket.shells.id\n'
        "      }\n    }\n  }\n}",
    ),
    examples=(
        passes(_OPEN, related=[_exec("OVERRIDE", **_BUCKET), _task(None)]),
        passes(_OPEN, "to the containers' own log", related=[_exec("DEFAULT"), _task("awslogs")]),
        fails(_OPEN, related=[_exec("NONE"), _task("awslogs")]),
        fails(_OPEN, "nowhere to log to", related=[_cluster(), _task(None)]),
        is_unknown({**_OPEN, "enableExecuteCommand": denied(DESCRIBE)}),
        is_unknown(_OPEN, "the cluster is not visible", gaps=[CLUSTER]),
        does_not_apply({**_OPEN, "enableExecuteCommand": False}, "nobody can open one"),
    ),
)
def ecs_service_exec_logged(service: Resource, related: Related) -> Outcome:
    """ECS Exec opens a shell in a running container, past every review.

    CloudTrail says that it was opened, and not what was typed.
    """
    if not service.config.get("enableExecuteCommand"):
        return not_applicable("ECS Exec is off: nobody can open a shell.", "enableExecuteCommand")
    clusters = related.here_by(CLUSTER, _cluster_arn, service.config["clusterArn"])
    if not clusters:
        return unknown("The service's cluster was not seen.", "clusterArn")
    logging = clusters[0].config.at("configuration", "executeCommandConfiguration", "logging", default="DEFAULT")
    if logging == "OVERRIDE":
        return passed("Shells are recorded where the cluster says.", "enableExecuteCommand")
    if logging == "NONE":
        return failed("Shells can be opened, and the cluster records none of them.", "enableExecuteCommand")
    return _to_the_containers_log(service, related)


def _to_the_containers_log(service: Resource, related: Related) -> Outcome:
    """Judge by the task's own logs, the default for shells in its cluster."""
    tasks = related.here_by(TASK_DEFINITION, _task_arn, service.config["taskDefinition"])
    if not tasks:
        return unknown("The service's task definition was not seen.", "taskDefinition")
    containers = tasks[0].config["taskDefinition"].items_of("containerDefinitions")
    silent = [
        str(one["name"]) for one in containers if (one.get("logConfiguration") or {}).get("logDriver") != "awslogs"
    ]
    if silent:
        return failed(
            f"Shells can be opened, and those in {', '.join(silent)} are recorded nowhere.", "enableExecuteCommand"
        )
    return passed("Shells are recorded in the containers' own logs.", "enableExecuteCommand")


def _task_arn(task: Resource) -> Iterator[str]:
    yield task.config["taskDefinition"]["taskDefinitionArn"]
