"""Django application of the history."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class HistoryConfig(AppConfig):
    """Configuration of the application."""

    name = "posture.history"
    label = "history"

    def ready(self) -> None:
        """Store the dictionaries that values are written with after each migration."""
        from posture.history.upkeep import dictionaries

        post_migrate.connect(dictionaries.keep, sender=self)
