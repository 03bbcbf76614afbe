"""Detective's behavior graphs: the account's own, and those that it feeds."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::Detective::Graph",
    title="Detective graph",
    plural="Detective graphs",
    service="detective",
    family=Family.SECURITY,
    cadence=Cadence.DAILY,
    actions=("detective:ListGraphs", "detective:ListInvitations"),
    columns=(
        Column("Role", "Role"),
        Column("Status", "Status"),
        Column("AdministratorId", "Administrator"),
        Column("Since", "Since"),
    ),
)
def graphs(ask: Ask) -> Iterator[Resource]:
    """A behavior graph ties logs and findings together for an investigation. Accounts own one, or feed another's."""
    for graph in ask.pages("detective", "list_graphs", "GraphList"):
        yield ask.resource(
            {"Role": "administrator", "Status": "ENABLED", "AdministratorId": None, "Since": graph.get("CreatedTime")},
            arn=graph["Arn"],
            name=f"Detective in {ask.region}",
        )
    for invitation in ask.pages("detective", "list_invitations", "Invitations"):
        # The graph is another account's; what belongs to this one is its part in it.
        graph_id = invitation["GraphArn"].rsplit(":", 1)[-1]
        yield ask.resource(
            {
                "Role": "member",
                "GraphArn": invitation["GraphArn"],
                "Status": invitation.get("Status"),
                "AdministratorId": invitation.get("AdministratorId"),
                "Since": invitation.get("InvitedTime"),
            },
            arn=ask.arn("detective", f"membership:{graph_id}"),
            name=f"Detective in {ask.region}",
        )
