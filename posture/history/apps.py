"""App configuration."""

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    """Snapshots, resources, findings, gaps and roll-ups."""

    name = "posture.history"
    label = "history"
