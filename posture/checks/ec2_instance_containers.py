"""Judge EC2 instances on which containers are started by hand."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import POPULATION, Resource

ORCHESTRATORS = {"ECS agent", "EKS node"}
TAGS = ("eks:cluster-name", "aws:eks:cluster-name", "aws:ecs:clusterName")
TAG_PREFIXES = ("kubernetes.io/cluster/", "k8s.io/cluster-autoscaler/")
_TOOLS = "observed.ContainerTools"


def _starts(*tools: str) -> dict[str, list[str]]:
    return {"ContainerTools": list(tools)}


@check(
    resource_type="AWS::EC2::Instance",
    title="EC2 instance leaves containers to ECS or EKS",
    problem="EC2 instance starts containers by itself",
    severity=Severity.LOW,
    controls=("practices:containers", "practices:legacy"),
    reads_observed=True,
    remediation=Remediation(
        console="Push the image to ECR and make an ECS service on Fargate from it, with a role and a security group of "
        "its own; then end the instance.",
        cli="aws ecs create-service --region {region} --cluster CLUSTER --service-name NAME --task-definition FAMILY "
        "--launch-type FARGATE",
    ),
    examples=(
        passes({"InstanceId": "i-1"}, "a node of ECS", observed=_starts("ECS agent", "Docker")),
        passes({"InstanceId": "i-1"}, "a node of EKS", observed=_starts("Docker"), tags={"eks:cluster-name": "shop"}),
        fails({"InstanceId": "i-1"}, observed=_starts("Docker Compose")),
        fails({"InstanceId": "i-1"}, "a Kubernetes of one's own", observed=_starts("k3s")),
        is_unknown({"InstanceId": "i-1"}, observed={"ContainerTools": denied("ec2:DescribeInstanceAttribute")}),
        is_unknown({"InstanceId": "i-1"}, "nobody has asked for it yet"),
        does_not_apply({"InstanceId": "i-1"}, "it starts none", observed=_starts()),
        does_not_apply({POPULATION: "asg/web"}, "its group gives the user data"),
    ),
)
def ec2_instance_containers_orchestrated(instance: Resource) -> Outcome:
    """Nothing restarts, replaces or counts these containers, nothing scans them, and all share the instance's role.

    It is judged by the names of the tools that its start-up script calls; Plumbline keeps nothing else of the script.
    """
    tools = instance.observed.get("ContainerTools")
    if tools is None:
        if POPULATION in instance.config:
            return not_applicable("Its group gives the user data.", POPULATION)
        return unknown("It is not known what its start-up script calls.", _TOOLS)
    if not tools:
        return not_applicable("Its start-up script starts no containers.", _TOOLS)
    if ORCHESTRATORS & set(tools) or _is_node(instance):
        return passed(f"It is a node: its start-up script calls {', '.join(tools)}.", _TOOLS)
    return failed(f"Its start-up script starts containers: {', '.join(tools)}.", _TOOLS)


def _is_node(instance: Resource) -> bool:
    return any(key in TAGS or key.startswith(TAG_PREFIXES) for key in instance.tags)
