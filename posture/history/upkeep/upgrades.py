"""The check that refuses to migrate a database that is too old.

Migrations that it lacks were squashed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.loader import MigrationLoader

OURS = ("accounts.", "posture.")


def check_squashed_migrations(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Return errors for applications with partly applied squashed migrations.

    Django would take such a database for a complete one. `manage.py migrate` runs this before anything else.
    """
    found: list[CheckMessage] = []
    for alias in databases or ():
        loader = MigrationLoader(connections[alias])
        for (app, _name), migration in loader.disk_migrations.items():
            missing = [each for each in migration.replaces if each not in loader.applied_migrations]
            if migration.__module__.startswith(OURS) and missing and len(missing) < len(migration.replaces):
                found.append(
                    Error(
                        f"This database lacks the migration {app}.{missing[0][1]}.",
                        hint="Upgrade to a release of Plumbline that contains it and migrate, then to this release.",
                        id="history.E001",
                    )
                )
    return found
