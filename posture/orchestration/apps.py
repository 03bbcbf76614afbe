"""App configuration."""

from django.apps import AppConfig


class SweepingConfig(AppConfig):
    """Sweeps, live and past, and their gaps."""

    name = "posture.orchestration"
    label = "orchestration"
