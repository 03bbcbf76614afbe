"""App configuration."""

from django.apps import AppConfig


class ClustersConfig(AppConfig):
    """Kubernetes clusters."""

    name = "posture.pages.clusters"
    label = "clusters"
