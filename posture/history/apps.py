"""Django application of the history."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate


class HistoryConfig(AppConfig):
    """Configuration of the application."""

    name = "posture.history"
    label = "history"

    def ready(self) -> None:
        """Register what happens before and after a migration."""
        from posture.history.upkeep import dictionaries, upgrades

        checks.register(upgrades.check_squashed_migrations, checks.Tags.database)
        post_migrate.connect(dictionaries.keep, sender=self)
