"""Flow logs of VPCs, subnets, interfaces and transit gateways."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::FlowLog",
    title="Flow log",
    plural="Flow logs",
    service="ec2",
    family=Family.SECURITY,
    arn_names=("ec2:vpcflowlog",),
    actions=("ec2:DescribeFlowLogs",),
    columns=(
        Column("ResourceId", "Of"),
        Column("TrafficType", "Traffic"),
        Column("LogDestinationType", "Goes to"),
        Column("LogDestination", "Destination"),
        Column("observed.DeliverLogsStatus", "Delivery"),
    ),
    relations=(Relation("ResourceId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),),
    ignored=("DeliverLogsErrorMessage",),
    observed=("DeliverLogsStatus",),
    unordered=("TagFieldSpecifications",),
)
def flow_logs(ask: Ask) -> Iterator[Resource]:
    """The record of who talked to whom: without it an intrusion leaves no trace in the network."""
    for raw in ask.pages("ec2", "describe_flow_logs", "FlowLogs", MaxResults=1000):
        arn = ask.arn("ec2", f"vpc-flow-log/{raw['FlowLogId']}")
        yield ask.resource(raw, arn=arn, tags=raw.get("Tags"))
