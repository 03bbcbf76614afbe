"""Django application of the history."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class HistoryConfig(AppConfig):
    """Configuration of the application."""

    name = "posture.history"
    label = "history"

    def ready(self) -> None:
        """Copy dictionaries after every migration, and register the timestamp loader with every connection."""
        from posture.history import timestamps
        from posture.history.upkeep import dictionaries

        connection_created.connect(timestamps.register_loader)
        post_migrate.connect(dictionaries.keep, sender=self)
