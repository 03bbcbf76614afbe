"""Django's name for the history."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class HistoryConfig(AppConfig):
    """The history."""

    name = "posture.history"
    label = "history"

    def ready(self) -> None:
        """Let every migration keep the dictionaries that values are written with, and connections read instants."""
        from posture.history import timestamps
        from posture.history.upkeep import dictionaries

        connection_created.connect(timestamps.read_quickly)
        post_migrate.connect(dictionaries.keep, sender=self)
