"""The first person to log in to an empty site."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg


def first_admin(env: Mapping[str, str], root: Path) -> str | None:
    """Create the user `admin` if the database of `env` knows nobody; return the password, which is kept nowhere."""
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM accounts_user)").fetchone()
    if row and row[0]:
        return None
    password = secrets.token_urlsafe(12)
    command = [sys.executable, "manage.py", "createsuperuser", "--noinput", "--username", "admin", "--email", ""]
    # In the environment, since other users of the machine can read a command line.
    subprocess.run(command, cwd=root, env={**env, "DJANGO_SUPERUSER_PASSWORD": password}, check=True)
    return password
