"""App configuration."""

from django.apps import AppConfig


class DriftConfig(AppConfig):
    """What changed between two dates."""

    name = "posture.pages.drift"
    label = "drift"
