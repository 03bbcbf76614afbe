"""Judge ECS task definitions: what containers may do to the host, and secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from posture.checks.environments import EXAMPLE_KINDS, secrets_in
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.core.values import Fields

TASK_DEFINITION = "AWS::ECS::TaskDefinition"
ROOT = {"", "0", "root"}
_CLI = (
    "aws ecs register-task-definition --region {region} --family {name} --cli-input-json file://task.json "
    "&& aws ecs update-service --region {region} --cluster CLUSTER --service SERVICE --task-definition {name}"
)
_UNREAD = is_unknown({"taskDefinition": denied("ecs:DescribeTaskDefinition")})


def _task(*containers: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Return a task definition with containers, for examples."""
    named = [{"name": f"c{number}", **container} for number, container in enumerate(containers, start=1)]
    return {"taskDefinition": {**settings, "containerDefinitions": named}}


_WINDOWS = {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}


def _mend(console: str, terraform: str) -> Remediation:
    return Remediation(
        console=f"ECS → Task definitions → the family → Create new revision: {console} Then update the service.",
        cli=_CLI,
        terraform=f'resource "aws_ecs_task_definition" "this" {{\n{terraform}\n}}',
    )


def _judge_containers(task: Resource, bad: Callable[[Fields], str], good: str, *, suffix: str = "") -> Outcome:
    """Fail where `bad` names what is wrong with a container.

    `suffix` names the field that it looked at.
    """
    wrong = [
        (index, container["name"], bad(container))
        for index, container in enumerate(task.config["taskDefinition"]["containerDefinitions"])
    ]
    found = [(index, name, words) for index, name, words in wrong if words]
    if not found:
        return passed(good, "taskDefinition.containerDefinitions")
    reasons = "; ".join(f"{name} {words}" for _, name, words in found)
    return failed(f"In this task: {reasons}.", *_paths((index for index, _, _ in found), suffix))


def _paths(indexes: Iterable[int], suffix: str) -> list[str]:
    return [f"taskDefinition.containerDefinitions[{index}]{suffix}" for index in indexes]


def _is_windows(task: Resource) -> bool:
    family = task.config["taskDefinition"].at("runtimePlatform", "operatingSystemFamily", default="LINUX")
    return str(family).startswith("WINDOWS")


_ON_WINDOWS = not_applicable("Windows containers have no such setting.", "taskDefinition.runtimePlatform")


@check(
    resource_type=TASK_DEFINITION,
    title="ECS task runs no privileged container",
    problem="ECS task runs a privileged container",
    severity=Severity.HIGH,
    controls=("practices:containers", "aws_fsbp:ECS.4"),
    aliases=("prowler:ecs_task_definitions_no_privileged_containers", "securityhub:ECS.4"),
    remediation=_mend(
        "clear Privileged, and add the one Linux capability that is really needed.",
        '  container_definitions = jsonencode([{ name = "app", privileged = false }])',
    ),
    examples=(
        passes(_task({"privileged": False}, {})),
        fails(_task({"privileged": False}, {"privileged": True})),
        _UNREAD,
    ),
)
def ecs_task_definition_not_privileged(task: Resource) -> Outcome:
    """A privileged container is root on its host: from there it reaches every other container and their roles."""
    return _judge_containers(
        task,
        lambda container: "is privileged" if container.get("privileged") else "",
        "No container of the task is privileged.",
        suffix=".privileged",
    )


@check(
    resource_type=TASK_DEFINITION,
    title="ECS task shares neither processes nor memory with its host",
    problem="ECS task shares processes or memory with its host",
    severity=Severity.HIGH,
    controls=("practices:containers", "aws_fsbp:ECS.3"),
    aliases=("prowler:ecs_task_definitions_host_namespace_not_shared", "securityhub:ECS.3"),
    remediation=_mend("set PID mode and IPC mode to task.", '  pid_mode = "task"\n  ipc_mode = "task"'),
    examples=(
        passes(_task({}, pidMode="task")),
        passes(_task({}), "never set"),
        fails(_task({}, pidMode="host")),
        fails(_task({}, ipcMode="host"), "memory"),
        _UNREAD,
    ),
)
def ecs_task_definition_host_not_shared(task: Resource) -> Outcome:
    """A task that sees the host's processes can read their environments, signal them, and listen to their memory."""
    definition = task.config["taskDefinition"]
    shared = [mode for mode in ("pidMode", "ipcMode") if definition.get(mode) == "host"]
    if shared:
        words = " and ".join({"pidMode": "processes", "ipcMode": "shared memory"}[mode] for mode in shared)
        return failed(f"The task sees the {words} of its host.", *(f"taskDefinition.{mode}" for mode in shared))
    return passed("The task sees nothing of its host's processes and shared memory.", "taskDefinition")


@check(
    resource_type=TASK_DEFINITION,
    title="ECS task has a network of its own",
    problem="ECS task uses the network of its host",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:vpc"),
    aliases=("securityhub:ECS.17",),
    remediation=_mend("set Network mode to awsvpc.", '  network_mode = "awsvpc"'),
    examples=(
        passes(_task({}, networkMode="awsvpc")),
        passes(_task({}), "bridge, which is the default"),
        fails(_task({}, networkMode="host")),
        _UNREAD,
    ),
)
def ecs_task_definition_own_network(task: Resource) -> Outcome:
    """In host mode a task has the host's addresses and ports.

    It reaches what listens on the host for itself alone, the instance's credentials among it, and no security group
    distinguishes it from its neighbours.
    """
    mode = task.config["taskDefinition"].get("networkMode") or "bridge"
    if mode == "host":
        return failed("The task uses the network of its host.", "taskDefinition.networkMode")
    return passed(f"The task's network mode is {mode}.", "taskDefinition.networkMode")


@check(
    resource_type=TASK_DEFINITION,
    title="ECS task in host networking runs as chosen users",
    problem="ECS task in host networking runs as root or as no named user",
    severity=Severity.HIGH,
    controls=("practices:containers", "aws_fsbp:ECS.1"),
    aliases=("prowler:ecs_task_definitions_host_networking_mode_users", "securityhub:ECS.1"),
    remediation=_mend(
        "set Network mode to awsvpc, or give each container a user that is not root.",
        '  network_mode = "awsvpc"',
    ),
    examples=(
        passes(_task({"user": "1000"}, networkMode="host")),
        fails(_task({"user": "1000"}, {}, networkMode="host"), "no user, so the image's, which most often is root"),
        fails(_task({"user": "root"}, networkMode="host")),
        _UNREAD,
        does_not_apply(_task({}, networkMode="awsvpc"), "a network of its own"),
    ),
    version=2,
)
def ecs_task_definition_host_network_users(task: Resource) -> Outcome:
    """Root in the host's network may open any port of the host and watch the traffic of all that runs there."""
    if task.config["taskDefinition"].get("networkMode") != "host":
        return not_applicable("The task does not use the network of its host.", "taskDefinition.networkMode")
    return _judge_containers(task, _runs_as_root, "Each container runs as a user that is not root.", suffix=".user")


@check(
    resource_type=TASK_DEFINITION,
    title="ECS task runs no container as root",
    problem="ECS task runs a container as root",
    severity=Severity.MEDIUM,
    controls=("practices:containers",),
    aliases=("securityhub:ECS.20",),
    remediation=_mend(
        "set User to a user of the image that is not root.",
        '  container_definitions = jsonencode([{ name = "app", user = "1000" }])',
    ),
    examples=(
        passes(_task({"user": "1000:1000"})),
        fails(_task({"user": "1000"}, {"user": "0:0"})),
        fails(_task({"user": "00"}), "root, with another spelling"),
        fails(_task({}), "no user, so the image's, which most often is root"),
        _UNREAD,
        does_not_apply(_task({}, **_WINDOWS), "Windows"),
    ),
    version=2,
)
def ecs_task_definition_user_not_root(task: Resource) -> Outcome:
    """Root inside a container is what an escape from it starts with.

    An image can name a user itself; it is not looked into, so the task definition has to say so.
    """
    if _is_windows(task):
        return _ON_WINDOWS
    return _judge_containers(task, _runs_as_root, "Each container runs as a user that is not root.", suffix=".user")


def _runs_as_root(container: Fields) -> str:
    user = str(container.get("user") or "")
    # Leading zeros are still user 0.
    if user.partition(":")[0].strip().lstrip("+0") not in ROOT:
        return ""
    return "runs as root" if user else "names no user"


@check(
    resource_type=TASK_DEFINITION,
    title="ECS task cannot write to its containers' root file systems",
    problem="ECS task can write to its containers' root file systems",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "aws_fsbp:ECS.5"),
    aliases=("prowler:ecs_task_definitions_containers_readonly_access", "securityhub:ECS.5"),
    remediation=_mend(
        "tick Read only root file system for each container, and mount a volume where it must write.",
        '  container_definitions = jsonencode([{ name = "app", readonlyRootFilesystem = true }])',
    ),
    examples=(
        passes(_task({"readonlyRootFilesystem": True})),
        fails(_task({"readonlyRootFilesystem": True}, {})),
        _UNREAD,
        does_not_apply(_task({}, **_WINDOWS), "Windows"),
    ),
)
def ecs_task_definition_root_read_only(task: Resource) -> Outcome:
    """Whoever breaks into a container brings tools along; where nothing can be written, they cannot be put down."""
    if _is_windows(task):
        return _ON_WINDOWS
    return _judge_containers(
        task,
        lambda container: "" if container.get("readonlyRootFilesystem") else "can write to its root file system",
        "No container can write to its root file system.",
        suffix=".readonlyRootFilesystem",
    )


@check(
    resource_type=TASK_DEFINITION,
    title="ECS task has no secret in its environment",
    problem="ECS task has a secret in its environment",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:iam", "aws_fsbp:ECS.8"),
    aliases=("prowler:ecs_task_definitions_no_environment_secrets", "securityhub:ECS.8"),
    remediation=_mend(
        "put the secret into Secrets Manager, and name it under the variable as ValueFrom; use the task's role in "
        "place of access keys. Change the secret, since it was readable.",
        '  container_definitions = jsonencode([{ name = "app", secrets = [{ name = "DB_PASSWORD", '
        "valueFrom = aws_secretsmanager_secret.db.arn }] }])",
    ),
    examples=(
        passes(_task({"environment": [{"name": "STAGE", "value": "hmac-sha256:1"}]})),
        passes(_task({"secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:…"}]}), "by reference"),
        fails(_task({"environment": [{"name": "AWS_ACCESS_KEY_ID", "value": "hmac-sha256:1"}]})),
        fails(_task({}, {"environment": [{"name": "DB_PASSWORD", "value": "hmac-sha256:1"}]}), "any other secret"),
        fails(
            _task({"environment": [{"name": "DATABASE_URL", "value": "hmac-sha256:url"}]}),
            "by value",
            observed=EXAMPLE_KINDS,
        ),
        fails(_task({"command": ["hmac-sha256:0", "hmac-sha256:url"]}), "in a command line", observed=EXAMPLE_KINDS),
        _UNREAD,
    ),
    reads_observed=True,
    version=2,
)
def ecs_task_definition_environment_without_secrets(task: Resource) -> Outcome:
    """Whoever may describe a task definition reads its variables, in every revision there ever was.

    It is judged by the variables' names and by what their values looked like when they were read; Plumbline
    keeps only fingerprints of them.
    """
    good = "No variable or command looks like a secret, by its name or by its value."
    return _judge_containers(task, partial(_secrets_of, task), good)


def _secrets_of(task: Resource, container: Fields) -> str:
    variables = [(str(one["name"]), one["value"]) for one in container.items_of("environment") if one.get("value")]
    check = container.get("healthCheck") or {}
    commands = {
        **{part: container.items_of(part) for part in ("command", "entryPoint")},
        "healthCheck": check.get("command"),
    }
    words = [(part, word) for part, line in commands.items() for word in line or ()]
    found = secrets_in(task, [*variables, *words])
    return f"is given {', '.join(found)}" if found else ""


@check(
    resource_type=TASK_DEFINITION,
    title="ECS task sends its containers' output to a log",
    problem="ECS task has a container without a log",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:activity", "aws_fsbp:ECS.9"),
    aliases=("prowler:ecs_task_definitions_logging_enabled", "securityhub:ECS.9"),
    remediation=_mend(
        "tick Use log collection for each container.",
        '  container_definitions = jsonencode([{ name = "app", logConfiguration = { logDriver = "awslogs" } }])',
    ),
    examples=(
        passes(_task({"logConfiguration": {"logDriver": "awslogs"}})),
        fails(_task({"logConfiguration": {"logDriver": "awslogs"}}, {})),
        fails(_task({"logConfiguration": {"logDriver": "none"}}), "thrown away"),
        _UNREAD,
    ),
)
def ecs_task_definition_logging_configured(task: Resource) -> Outcome:
    """A container's output is gone with it. Without a log nobody can find out afterwards what was done in it."""
    return _judge_containers(
        task, _logs_nothing, "The output of each container goes to a log.", suffix=".logConfiguration"
    )


def _logs_nothing(container: Fields) -> str:
    driver = (container.get("logConfiguration") or {}).get("logDriver")
    return "" if driver and driver != "none" else "logs nothing"
