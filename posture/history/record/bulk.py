"""Bulk SQL: numbers from sequences, COPY, and rows handed over as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection


def clean(text: str) -> str:
    """Return AWS-supplied text without the NUL that PostgreSQL refuses."""
    return text.replace("\x00", "\ufffd")


def numbers(sequence: str, count: int) -> list[int]:
    """Take numbers from a sequence."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count])
        return [number for (number,) in cursor.fetchall()]


def row_numbers(table: str, count: int) -> list[int]:
    """Take numbers for new rows of a table whose `id` numbers itself."""
    return numbers(f"{table}_id_seq", count)  # the name that PostgreSQL gives to a table's own sequence


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows; JSON goes as text, arrays as lists."""
    present = list(rows)
    if not present:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as stream:
        for row in present:
            stream.write_row(row)


def execute(sql: str, parameters: Sequence[Any]) -> int:
    """Run one statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        touched: int = cursor.rowcount
        return touched


def fetch(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one query and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into the arrays that `unnest` wants; the number of columns is that of the first row."""
    return [list(column) for column in zip(*rows, strict=True)]
