"""The first person to log in to an empty site."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import psycopg


def first_admin(database_url: str, manage: Callable[..., None]) -> str | None:
    """Create the user `admin` if the database knows nobody.

    Return the password, which is kept nowhere.

    `manage` runs a Django command, given its arguments, with keywords as environment variables.
    """
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM accounts_user)").fetchone()
    if row and row[0]:
        return None
    password = secrets.token_urlsafe(12)
    # In the environment, since other users of the machine can read a command line.
    manage("createsuperuser", "--noinput", "--username", "admin", "--email", "", DJANGO_SUPERUSER_PASSWORD=password)
    return password
