"""`manage.py cluster_role`: prints what lets the role into EKS clusters.

Touches no database.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from posture.permissions import cluster_role


class Command(BaseCommand):
    """Print the ClusterRole and its binding as YAML, for `kubectl apply -f -`."""

    help = "Print the ClusterRole and its binding by which clusters let Plumbline read, as YAML."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        self.stdout.write(cluster_role(), ending="")
