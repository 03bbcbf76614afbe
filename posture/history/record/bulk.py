"""Bulk SQL: numbers from sequences, COPY, and rows handed over as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection


def clean(text: str) -> str:
    """Return AWS-supplied text without the NUL that PostgreSQL refuses."""
    return text.replace("\x00", "\ufffd")


def numbers(wanted: Mapping[str, int]) -> list[list[int]]:
    """Take numbers from sequences: so many of each, told by its name, all in one statement."""
    if not any(wanted.values()):
        return [[] for _ in wanted]
    rows = fetch(
        "SELECT s.place, nextval(s.name::regclass)"
        " FROM unnest(%s::text[], %s::int[]) WITH ORDINALITY s (name, count, place), generate_series(1, s.count)",
        [list(wanted), list(wanted.values())],
    )
    return [[number for place, number in rows if place == each] for each in range(1, len(wanted) + 1)]


def own(table: str) -> str:
    """Return the sequence that numbers the rows of a table by itself, by the name that PostgreSQL gives it."""
    return f"{table}_id_seq"


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


def fetch_each(*queries: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
    """Run queries one after the other, sent together; return the rows of each. Each sees what was committed by then."""
    with connection.cursor() as cursor:
        cursor.execute(";".join(sql for sql, _ in queries), [each for _, parameters in queries for each in parameters])
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        return found


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into the arrays that `unnest` wants; the number of columns is that of the first row."""
    return [list(column) for column in zip(*rows, strict=True)]
