"""Runs queries whose answers come in PostgreSQL's binary format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def fetch_binary(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a query in binary: as text, bytes would be twice as many."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, parameters, binary=True)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
