"""Outposts pages: the list, and one Outpost with its health and duties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from posture.collectors import all_collectors
from posture.history.scope import Scope
from posture.pages.outposts import charts, duties, health, queries
from posture.pages.outposts.networks import networks_of
from posture.pages.outposts.queries import GATEWAY, GROUP, ROUTES, Rack
from posture.pages.outposts.sites import site_of
from posture.pages.outposts.tables import RackTable
from posture.web import parameters
from posture.web.lists import TablePage
from posture.web.pages import DetailPage

SHOWN = 10
"""Resources of a type, and findings, that a page names at once."""


class RackList(TablePage):
    """The Outposts of a scope; without any, what one would change."""

    heading = "Outposts"
    lead = "Each Outpost with its link to the region, what is placed on it, and what is wrong with it."
    noun = "Outpost"
    table = RackTable
    template_name = "outposts/list.html"

    def rows(self) -> Sequence[Rack]:
        """Return the Outposts."""
        self.racks = queries.racks(self.scope)
        return self.racks

    def context(self) -> dict[str, Any]:
        """Return gaps in listing Outposts, and the customer's duties."""
        return {"racks": self.racks, "blind": queries.gaps_of(self.scope), "duties": duties.DUTIES}


class RackPage(DetailPage[Rack]):
    """One Outpost."""

    template_name, name = "outposts/detail.html", "rack"

    def load(self) -> Rack:
        return queries.rack(self.scope, self.kwargs["resource_id"])

    def context(self) -> dict[str, Any]:
        scope, one = self.scope, self.thing
        gaps, findings = queries.gaps_of(scope, one), queries.findings_on(scope, one)
        statuses = duties.statuses_of(scope, one, gaps)
        return {
            "record": one.record,
            "owner": one.config.get("OwnerId", ""),
            "status": str(one.config.get("LifeCycleStatus") or "").lower(),
            "blind": gaps,
            "hardware": health.hardware(one.config),
            "placed": _placed(one),
            "duty_groups": duties.grouped(statuses),
            "duties_number": len(statuses),
            "failing": sum(each.state in {"fail", "stale"} for each in statuses),
            "unknown": sum(each.state == "unknown" for each in statuses),
            "findings": findings[:SHOWN],
            "findings_number": len(findings),
            **self._picture(),
        }

    def _picture(self) -> dict[str, Any]:
        """Return the picture and what it is drawn from."""
        one, shown = self.thing, parameters.number(self.request, "rack", 1, least=1)
        room, site, by_network = health.capacity_of(one), site_of(one.site), networks_of(one)
        by_account = [] if one.is_past else _with_names(self.scope, health.by_account(one))
        accounts = [(each["name"] or each["placed"].account_id, each["placed"].number) for each in by_account]
        data = charts.RackData(health.link(one), room, by_network, site, accounts)
        drawn = charts.rack_chart(one, data, shown)
        return {"drawn": drawn, "room": room, "by_account": by_account, "joined": by_network, "site": site}


def _placed(one: Rack) -> list[dict[str, Any]]:
    """Return the resources on an Outpost by type, without network links."""
    kinds = [kind for kind in queries.types_placed() if kind not in {GATEWAY, ROUTES, GROUP} and one.of(kind)]
    named = all_collectors()
    return [
        {
            "noun": named[kind].title if one.number_of(kind) == 1 else named[kind].plural,
            "number": one.number_of(kind),
            "first": one.of(kind)[:SHOWN],
            "rest": one.of(kind)[SHOWN:],
        }
        for kind in kinds
    ]


def _with_names(scope: Scope, placed: list[health.AccountInstances]) -> list[dict[str, Any]]:
    names = {account.account_id: account.name for account in scope.accounts}
    return [{"placed": one, "name": names.get(one.account_id, "")} for one in placed]
