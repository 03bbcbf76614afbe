"""Bulk SQL: sequence numbers, COPY, array parameters, statements sent together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection
from django.db.backends.utils import debug_transaction
from psycopg.sql import SQL, Identifier, Placeholder

from posture.history.ingest import pipeline
from posture.history.ingest.pipeline import Parameters, Statement


def clean(text: str) -> str:
    """Return AWS-supplied text with NUL, which PostgreSQL refuses, replaced."""
    return text.replace("\x00", "\ufffd")


def numbers(wanted: Mapping[str, int]) -> list[list[int]]:
    """Take numbers of each sequence by name, prefetched ones first."""
    hand: dict[str, list[int]] = getattr(_mine, "numbers", None) or {}
    if any(len(hand.get(name, ())) < count for name, count in wanted.items()):
        rows = fetch(*numbering({name: max(count - len(hand.get(name, ())), 0) for name, count in wanted.items()}))
        hand = hand | {name: [*hand.get(name, ()), *taken] for name, taken in _by_name(rows).items()}
    given = [hand.get(name, [])[:count] for name, count in wanted.items()]
    if getattr(_mine, "numbers", None) is not None:
        _mine.numbers = hand | {name: hand[name][count:] for name, count in wanted.items() if name in hand}
    return given


def numbering(wanted: Mapping[str, int]) -> Statement:
    """Return the query that takes a count of numbers from each sequence."""
    return (
        "SELECT s.name, nextval(s.name::regclass)"
        " FROM unnest(%s::text[], %s::int[]) s (name, count), generate_series(1, s.count)",
        [list(wanted), list(wanted.values())],
    )


def keep_at_hand(rows: Iterable[tuple[Any, ...]]) -> None:
    """Keep prefetched rows of `numbering` until the end of `together`.

    Numbers that are left are never used.
    """
    _mine.numbers = _by_name(rows)


def _by_name(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name, number in rows:
        found.setdefault(name, []).append(number)
    return found


def own(table: str) -> str:
    """Return the name of the sequence that PostgreSQL made for the ids of a table."""
    return f"{table}_id_seq"


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows by COPY, at once or at the end of `together`.

    Pass JSON as text and arrays as lists.

    A single row is inserted by a statement: to begin and end a COPY takes two exchanges.
    """
    present, later = list(rows), getattr(_mine, "copies", None)
    if len(present) == 1:
        execute(_make_statement("INSERT INTO {table} ({columns}) VALUES ({values})", table, *columns), present[0])
    elif present and later is None:
        _copy(table, columns, present)
    elif present and later is not None:
        later.append((table, columns, present))


def _copy(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    statement = _make_statement("COPY {table} ({columns}) FROM STDIN", table, *columns)
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)


@cache
def _make_statement(template: str, table: str, *columns: str) -> str:
    names, values = SQL(", ").join(map(Identifier, columns)), SQL(", ").join([Placeholder()] * len(columns))
    return SQL(template).format(table=Identifier(table), columns=names, values=values).as_string()


_mine = threading.local()


@contextmanager
def together() -> Iterator[None]:
    """Delay statements inside the block, and send them together.

    They are sent with the next query, or at the end.

    Their order is kept, and what each of them sees, except for copied rows: those follow at the end. An error is raised
    when the statement is sent.
    """
    _mine.waiting, _mine.copies = [], []
    try:
        with connection.execute_wrapper(_send_before):
            yield
            _send()
            for each in _mine.copies:
                _copy(*each)
    finally:
        _mine.waiting = _mine.copies = _mine.numbers = None


def execute(sql: str, parameters: Parameters) -> None:
    """Run one statement, at once or at the end of `together`."""
    waiting: list[Statement] | None = getattr(_mine, "waiting", None)
    if waiting is None:
        _run([(sql, parameters)])
    else:
        waiting.append((sql, parameters))


def fetch(sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Run one query and return its rows."""
    return fetch_each((sql, parameters))[0]


def fetch_each(*queries: Statement) -> list[list[tuple[Any, ...]]]:
    """Run queries, sent together; return the rows of each.

    Each takes a snapshot of its own.
    """
    waiting = _take_delayed()
    return _run([*waiting, *queries])[len(waiting) :]


def _run(statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """Run statements, sent together past Django's cursors; return the rows of each."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, debug_transaction(connection, _log_text(statements)):
        return pipeline.run(connection.connection, statements)


def _send_before(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
    _send()
    return execute(sql, parameters, many, context)


def _send() -> None:
    """Send the delayed statements."""
    waiting = _take_delayed()
    if waiting:
        _run(waiting)


def _take_delayed() -> list[Statement]:
    """Return the delayed statements, and forget them."""
    waiting: list[Statement] = getattr(_mine, "waiting", None) or []
    taken = [*waiting]
    waiting.clear()
    return taken


def _log_text(statements: Sequence[Statement]) -> str:
    """Return statements as Django's query log shows them: one entry for an exchange."""
    return ";".join(sql for sql, _ in statements)


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into the arrays that `unnest` takes.

    All rows have as many columns as the first.
    """
    return [list(column) for column in zip(*rows, strict=True)]
