"""App configuration."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """VPCs, their subnets and who can reach what."""

    name = "posture.pages.network"
    label = "network"
