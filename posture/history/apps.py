"""Django's name for the history."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class HistoryConfig(AppConfig):
    """The history."""

    name = "posture.history"
    label = "history"

    def ready(self) -> None:
        """Let every migration keep the dictionaries that values are written with."""
        from posture.history import dictionaries

        post_migrate.connect(dictionaries.keep, sender=self)
