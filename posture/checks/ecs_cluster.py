"""Judge ECS clusters: monitoring, and the agents of their instances."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

CLUSTER = "AWS::ECS::Cluster"


def _insights(value: str) -> dict[str, object]:
    return {"settings": [{"name": "containerInsights", "value": value}]}


@check(
    resource_type=CLUSTER,
    title="ECS cluster uses Container Insights",
    problem="ECS cluster does not use Container Insights",
    severity=Severity.LOW,
    controls=("practices:containers", "practices:activity", "aws_fsbp:ECS.12"),
    aliases=("prowler:ecs_cluster_container_insights_enabled", "securityhub:ECS.12"),
    remediation=Remediation(
        console="ECS → Clusters → the cluster → Update cluster → Monitoring → Container Insights.",
        cli="aws ecs update-cluster-settings --region {region} --cluster {name} "
        "--settings name=containerInsights,value=enhanced",
        terraform='resource "aws_ecs_cluster" "this" {\n  setting {\n    name  = "containerInsights"\n'
        '    value = "enhanced"\n  }\n}',
    ),
    examples=(
        passes(_insights("enhanced")),
        passes(_insights("enabled")),
        fails(_insights("disabled")),
        fails({"settings": []}, "never set"),
        is_unknown({"settings": denied("ecs:DescribeClusters")}),
    ),
)
def ecs_cluster_container_insights(cluster: Resource) -> Outcome:
    """Without it nothing shows that tasks die, restart, or use far more than they used to, as a miner does."""
    values = {one["name"]: one["value"] for one in cluster.config["settings"]}
    value = values.get("containerInsights") or "disabled"
    if value == "disabled":
        return failed("Container Insights is off.", "settings")
    return passed(f"Container Insights is {value}.", "settings")


def _instances(*connected: bool) -> dict[str, object]:
    machines = [{"ec2InstanceId": f"i-{at}", "agentConnected": each} for at, each in enumerate(connected, start=1)]
    return {"ContainerInstances": machines}


@check(
    resource_type=CLUSTER,
    title="ECS cluster's instances are connected",
    problem="ECS cluster has instances that are not connected",
    severity=Severity.LOW,
    controls=("practices:containers",),
    reads_observed=True,
    remediation=Remediation(
        console="ECS → Clusters → {name} → Infrastructure → Container instances: drain those whose agent is not "
        "connected, and end them in EC2; the group starts new ones.",
        cli="aws ecs list-container-instances --region {region} --cluster {name} --filter agentConnected==false",
    ),
    examples=(
        passes({}, observed=_instances(True, True)),
        fails({}, observed=_instances(True, False)),
        is_unknown({}, observed={"ContainerInstances": denied("ecs:DescribeContainerInstances")}),
        does_not_apply({}, "no instances", observed=_instances()),
    ),
)
def ecs_cluster_agents_connected(cluster: Resource) -> Outcome:
    """Tasks on such an instance go on, and nobody can stop, count or replace them: neither ECS nor a deployment.

    An old image may so run on for months below a service that shows the new one.
    """
    path = "observed.ContainerInstances"
    machines = cluster.observed["ContainerInstances"]
    if not machines:
        return not_applicable("The cluster has no instances of its own.", path)
    lost = [str(one["ec2InstanceId"]) for one in machines if not one["agentConnected"]]
    if lost:
        return failed(f"The agents of {len(lost)} of {len(machines)} are not connected, as {lost[0]}.", path)
    return passed(f"The agents of all {len(machines)} are connected.", path)
