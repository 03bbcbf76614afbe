"""Judge ECS clusters: monitoring, and logs of shells in containers."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
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
