"""EKS clusters: which are read, and how each lets the role in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import admin_required
from accounts.models import ConnectedCluster
from posture import permissions
from posture.core.values import Unknown
from posture.history import query
from posture.history.query import ResourceRecord
from posture.history.scope import Scope
from posture.observability import security
from posture.web.pages import ScopedPage
from posture.web.scoping import require_user, scope_of, url_in_scope

CLUSTER = "AWS::EKS::Cluster"
CLUSTERS_MAX = 200
"""Clusters that the page lists; it says how many more there are."""
CONFIG_MAPS_ALONE = "CONFIG_MAP"


class Copyable(NamedTuple):
    """A text to be copied, and what to do with it."""

    where: str
    text: str


@dataclass(frozen=True)
class ClusterRow:
    """A cluster with what says whether and how it can be read."""

    record: ResourceRecord
    connected: ConnectedCluster | None

    @property
    def endpoint(self) -> str:
        """Who reaches the endpoint, in a word."""
        access = self._part("resourcesVpcConfig")
        if not access:
            return "unknown"
        if access.get("endpointPublicAccess") is False:
            return "private"
        return "public" if "0.0.0.0/0" in (access.get("publicAccessCidrs") or ["0.0.0.0/0"]) else "limited"

    @cached_property
    def entry(self) -> Copyable:
        """What lets the role in."""
        account = self.record.account
        role = account.organization.role_arn(account.account_id)
        if self._part("accessConfig").get("authenticationMode") == CONFIG_MAPS_ALONE:
            where = "Add this to mapRoles in the config map aws-auth of kube-system."
            return Copyable(where, permissions.aws_auth_entry(role))
        where = f"Run this with the credentials of an administrator of account {account.account_id}."
        return Copyable(where, permissions.access_entry_command(self.record.arn, role))

    def _part(self, key: str) -> Mapping[str, Any]:
        found = self.record.config.get(key)
        return found if isinstance(found, Mapping) and not isinstance(found, Unknown) else {}


class KubernetesPage(ScopedPage):
    """Clusters of the scope, and the ClusterRole."""

    template_name = "permissions/kubernetes.html"

    def context(self) -> dict[str, Any]:
        """Return the clusters, those that are read first."""
        rows = list_clusters(self.scope)
        where = "Apply it in each cluster: kubectl apply -f plumbline.yaml"
        return {
            "rows": rows[:CLUSTERS_MAX],
            "more": max(0, len(rows) - CLUSTERS_MAX),
            "read": sum(row.connected is not None for row in rows),
            "role": Copyable(where, permissions.cluster_role()),
        }


def list_clusters(scope: Scope) -> list[ClusterRow]:
    """Return the clusters of a scope."""
    if scope.organization is None:
        return []
    records = query.resources(scope).filter(type=CLUSTER).select_related("account__organization")
    connected = {(one.account_id, one.arn): one for one in ConnectedCluster.objects.filter(account__among=scope.among)}
    rows = [ClusterRow(one, connected.get((one.account_id, one.arn))) for one in records]
    return sorted(rows, key=lambda row: (row.connected is None, row.record.name, row.record.arn))


@admin_required
@require_POST
def connect(request: HttpRequest) -> HttpResponse:
    """Have a cluster read from the next sweep on, or read no more."""
    user, arn = require_user(request), request.POST.get("arn", "")
    row = next((row for row in list_clusters(scope_of(request)) if row.record.arn == arn), None)
    if row is None:
        raise Http404("There is no such cluster.")
    if request.POST.get("read") == "1":
        _, is_new = ConnectedCluster.objects.get_or_create(
            account=row.record.account, arn=arn, defaults={"connected_by": user, "connected_by_name": user.username}
        )
        said = "is read from the next sweep on"
        event = "cluster_connected" if is_new else ""
    else:
        is_gone, _ = ConnectedCluster.objects.filter(account=row.record.account, arn=arn).delete()
        said = "is no longer read. Its objects leave the inventory with the next sweeps"
        event = "cluster_disconnected" if is_gone else ""
    if event:
        security.record(event, request, target=arn)
    messages.success(request, f"{row.record.name} {said}.")
    return redirect(url_in_scope(request, "permissions:kubernetes"))
