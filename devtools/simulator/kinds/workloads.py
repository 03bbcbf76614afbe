"""What runs without instances of its own.

Lambda functions, ECR images, App Runner, ECS clusters and services; and CloudFormation stacks.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from functools import cache
from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind, tags_of
from devtools.simulator.kinds.identity import last_use, put_last_use

ROLE = "workload"
SERVICE_PRINCIPALS = ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]


@cache
def _code() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(zipfile.ZipInfo("main.py"), "def handler(event, context): ...")
    return archive.getvalue()


def _role(builder: Builder, name: Name) -> str:
    """Return the role of an account's functions and tasks; create it if needed."""
    role = Name("workload-role", name.account, GLOBAL, ROLE)
    if not builder.recall(role):
        trust = {"Effect": "Allow", "Principal": {"Service": SERVICE_PRINCIPALS}, "Action": "sts:AssumeRole"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        builder.client("iam", GLOBAL).create_role(RoleName=ROLE, AssumeRolePolicyDocument=policy)
        builder.remember(role, role=ROLE)
        put_last_use(builder, role, last_use(builder, 0))
    return f"arn:aws:iam::{name.account}:role/{ROLE}"


def _placed(builder: Builder, name: Name, now: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the subnets of `tier` in `vpc`, and the ids of `groups`."""
    subnets = builder.known("vpc", name, now["vpc"])["subnets"][now.get("tier", "private")]
    return list(subnets), [builder.known("security-group", name, group)["group"] for group in now.get("groups", [])]


@kind("function", 48)
def make_function(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a function on `runtime` or from an `image`, in a `vpc` if named.

    `variables` is its environment, `url` the way in which its URL asks who is calling ('' for no URL), `caller` a
    service that may call it, for this account alone if `pinned`.
    """
    functions = builder.client("lambda", name.region)
    if not builder.recall(name):
        functions.create_function(
            FunctionName=name.name,
            Role=_role(builder, name),
            Environment={"Variables": now.get("variables", {})},
            Tags={tag["Key"]: tag["Value"] for tag in tags_of(now)},
            **_package(now),
            **_in_vpc(builder, name, now),
        )
        if caller := now.get("caller"):
            _permit(functions, name, caller, pinned=now.get("pinned", True))
        builder.remember(name, function=name.name)
    elif now.get("variables") != before.get("variables"):
        functions.update_function_configuration(FunctionName=name.name, Environment={"Variables": now["variables"]})
    _set_url(functions, name, now.get("url", ""), before.get("url", ""))


def _package(now: dict[str, Any]) -> dict[str, Any]:
    if image := now.get("image"):
        return {"PackageType": "Image", "Code": {"ImageUri": image}}
    return {"Runtime": now.get("runtime", "python3.13"), "Handler": "main.handler", "Code": {"ZipFile": _code()}}


def _in_vpc(builder: Builder, name: Name, now: dict[str, Any]) -> dict[str, Any]:
    if "vpc" not in now:
        return {}
    subnets, groups = _placed(builder, name, now)
    return {"VpcConfig": {"SubnetIds": subnets[: now.get("zones", 2)], "SecurityGroupIds": groups}}


def _permit(functions: Any, name: Name, caller: str, *, pinned: bool) -> None:
    functions.add_permission(
        FunctionName=name.name,
        StatementId=caller.partition(".")[0],
        Action="lambda:InvokeFunction",
        Principal=caller,
        **({"SourceAccount": name.account} if pinned else {}),
    )


def _set_url(functions: Any, name: Name, now: str, before: str) -> None:
    if now and not before:
        functions.create_function_url_config(FunctionName=name.name, AuthType=now)
    elif now != before:
        functions.update_function_url_config(FunctionName=name.name, AuthType=now)


@kind("image-repository", 47)
def make_image_repository(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an ECR repository with `images` by tag.

    Each was pushed `age` days before the story begins, or now; its scan counts `critical`, `high` and `medium`, `fix`
    is the package, version and fixed version of one critical, and `scanned` false for one that nothing has scanned.
    """
    if not builder.recall(name):
        builder.client("ecr", name.region).create_repository(
            repositoryName=name.name,
            imageTagMutability="MUTABLE" if now.get("mutable", True) else "IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": now.get("scan", True)},
            tags=tags_of(now),
        )
        builder.remember(name, repository=name.name)
    known = builder.on_shelf(name.account, name.region, "ecr").get("images", {})
    builder.put(
        name.account, name.region, "ecr", images={**known, name.name: _images(builder, now, known.get(name.name))}
    )


def _images(builder: Builder, now: dict[str, Any], known: dict[str, Any] | None) -> dict[str, Any]:
    """Return the images of a repository, each with when it was pushed."""
    found = {}
    for tag, one in now.get("images", {}).items():
        at = builder.start - dt.timedelta(days=one["age"]) if "age" in one else builder.date
        found[tag] = {**one, "pushed": (known or {}).get(tag, {}).get("pushed") or at.isoformat()}
    return found


@kind("app-runner", 48)
def make_app_runner(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an App Runner service from an `image`.

    `automatic` says whether a push deploys it, `variables` is its environment, `public` whether the internet
    reaches it.
    """
    arn = f"arn:aws:apprunner:{name.region}:{name.account}:service/{name.name}/{name.account}"
    source = {
        "ImageRepository": {
            "ImageIdentifier": now["image"],
            "ImageRepositoryType": "ECR",
            "ImageConfiguration": {"Port": "8080", "RuntimeEnvironmentVariables": now.get("variables", {})},
        },
        "AutoDeploymentsEnabled": now.get("automatic", False),
    }
    service = {
        "ServiceName": name.name,
        "ServiceId": name.account,
        "ServiceArn": arn,
        "ServiceUrl": f"{name.name}.{name.region}.awsapprunner.com",
        "CreatedAt": builder.start.timestamp(),
        "UpdatedAt": builder.date.timestamp(),
        "Status": "RUNNING",
        "SourceConfiguration": source,
        "InstanceConfiguration": {"Cpu": "1024", "Memory": "2048", "InstanceRoleArn": _role(builder, name)},
        "NetworkConfiguration": {
            "EgressConfiguration": {"EgressType": "DEFAULT"},
            "IngressConfiguration": {"IsPubliclyAccessible": now.get("public", True)},
        },
    }
    shelf = builder.on_shelf(name.account, name.region, "apprunner")
    services, tags = ({**shelf.get(part, {})} for part in ("services", "tags"))
    services[arn], tags[arn] = service, tags_of(now)
    builder.put(name.account, name.region, "apprunner", services=services, tags=tags)
    builder.remember(name, service=name.name)


@kind("container-cluster", 48)
def make_container_cluster(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an ECS cluster.

    `insights` is disabled, enabled or enhanced, `shells` how ECS Exec is logged.
    """
    if builder.recall(name):
        return
    builder.client("ecs", name.region).create_cluster(
        clusterName=name.name,
        settings=[{"name": "containerInsights", "value": now.get("insights", "enhanced")}],
        configuration={"executeCommandConfiguration": {"logging": now.get("shells", "DEFAULT")}},
        tags=_lower(tags_of(now)),
    )
    builder.remember(name, cluster=name.name)


@kind("container-service", 49)
def make_container_service(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a service in `cluster`, and replace it when its task has changed.

    `launch` is FARGATE or EC2, `public` gives its tasks addresses, `shells` lets people into them; `network`,
    `privileged`, `user`, `read_only`, `logs`, `variables` and `secrets` are the task's.
    """
    ecs = builder.client("ecs", name.region)
    task = _task(builder, name, now)
    if builder.recall(name):
        if task != _task(builder, name, before):
            _update(ecs, name, now["cluster"], task)
        return
    ecs.register_task_definition(**task, tags=_lower(tags_of(now)))
    ecs.create_service(
        cluster=now["cluster"],
        serviceName=name.name,
        taskDefinition=name.name,
        desiredCount=now.get("count", 2),
        launchType=now.get("launch", "FARGATE"),
        tags=_lower(tags_of(now)),
        **_platform(now),
        **_service_network(builder, name, now),
    )
    if now.get("shells"):
        open_to = {name.name: True, **builder.on_shelf(name.account, name.region, "ecs").get("shells", {})}
        builder.put(name.account, name.region, "ecs", shells=open_to)
    builder.remember(name, service=name.name)


def _update(ecs: Any, name: Name, cluster: str, task: dict[str, Any]) -> None:
    arn = ecs.register_task_definition(**task)["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=cluster, service=name.name, taskDefinition=arn)


def _platform(now: dict[str, Any]) -> dict[str, Any]:
    if now.get("launch", "FARGATE") != "FARGATE":
        return {}
    return {"platformVersion": now.get("platform", "LATEST")}


def _service_network(builder: Builder, name: Name, now: dict[str, Any]) -> dict[str, Any]:
    if now.get("network", "awsvpc") != "awsvpc":
        return {}
    subnets, groups = _placed(builder, name, now)
    address = "ENABLED" if now.get("public") else "DISABLED"
    network = {"subnets": subnets[:2], "securityGroups": groups, "assignPublicIp": address}
    return {"networkConfiguration": {"awsvpcConfiguration": network}}


def _task(builder: Builder, name: Name, now: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": "app",
        "image": now["image"],
        "essential": True,
        "memory": 1024,
        "environment": [{"name": key, "value": value} for key, value in now.get("variables", {}).items()],
        "secrets": [{"name": key, "valueFrom": value} for key, value in now.get("secrets", {}).items()],
        "privileged": now.get("privileged", False),
        "readonlyRootFilesystem": now.get("read_only", True),
    }
    if user := now.get("user", "10001"):
        container["user"] = user
    if now.get("logs", True):
        options = {"awslogs-group": f"/ecs/{name.name}", "awslogs-region": name.region}
        container["logConfiguration"] = {"logDriver": "awslogs", "options": options}
    return {
        "family": name.name,
        "networkMode": now.get("network", "awsvpc"),
        "requiresCompatibilities": [now.get("launch", "FARGATE")],
        "cpu": "512",
        "memory": "1024",
        "taskRoleArn": _role(builder, name),
        "containerDefinitions": [container],
    }


def _lower(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return tags as ECS writes them."""
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in tags]


@kind("stack", 52)
def make_stack(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a CloudFormation stack with `parameters` and `outputs`.

    `drift` is what its last comparison found.
    """
    if not builder.recall(name):
        builder.client("cloudformation", name.region).create_stack(
            StackName=name.name,
            TemplateBody=json.dumps(_template(now)),
            Parameters=[{"ParameterKey": key, "ParameterValue": text} for key, text in _parameters(now).items()],
            Tags=tags_of(now),
        )
        builder.remember(name, stack=name.name)
    if now.get("drift") != before.get("drift"):
        drift = {
            **builder.on_shelf(name.account, name.region, "cloudformation").get("drift", {}),
            name.name: now["drift"],
        }
        builder.put(name.account, name.region, "cloudformation", drift=drift)


def _parameters(now: dict[str, Any]) -> dict[str, str]:
    return dict(now.get("parameters", {}))


def _template(now: dict[str, Any]) -> dict[str, Any]:
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": now.get("description", ""),
        "Parameters": {key: {"Type": "String"} for key in _parameters(now)},
        "Resources": {"Notices": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": text} for key, text in now.get("outputs", {}).items()},
    }
