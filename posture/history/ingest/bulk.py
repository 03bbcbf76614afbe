"""Bulk SQL: numbers from sequences, COPY, rows handed over as arrays, and statements that travel together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.utils import debug_transaction

from posture.history.ingest import pipeline
from posture.history.ingest.pipeline import Parameters, Statement


def clean(text: str) -> str:
    """Return AWS-supplied text without the NUL that PostgreSQL refuses."""
    return text.replace("\x00", "\ufffd")


def numbers(wanted: Mapping[str, int]) -> list[list[int]]:
    """Take so many numbers of each sequence, told by its name: those at hand first, the rest in one statement."""
    hand: dict[str, list[int]] = getattr(_mine, "numbers", None) or {}
    if any(len(hand.get(name, ())) < count for name, count in wanted.items()):
        rows = fetch(*numbering({name: max(count - len(hand.get(name, ())), 0) for name, count in wanted.items()}))
        hand = hand | {name: [*hand.get(name, ()), *taken] for name, taken in _by_name(rows).items()}
    given = [hand.get(name, [])[:count] for name, count in wanted.items()]
    if getattr(_mine, "numbers", None) is not None:
        _mine.numbers = hand | {name: hand[name][count:] for name, count in wanted.items() if name in hand}
    return given


def numbering(wanted: Mapping[str, int]) -> Statement:
    """Return the query that takes so many numbers of each sequence."""
    return (
        "SELECT s.name, nextval(s.name::regclass)"
        " FROM unnest(%s::text[], %s::int[]) s (name, count), generate_series(1, s.count)",
        [list(wanted), list(wanted.values())],
    )


def keep_at_hand(rows: Iterable[tuple[Any, ...]]) -> None:
    """Keep numbers that were taken by `numbering`, until what goes `together` has gone; what is left is never used."""
    _mine.numbers = _by_name(rows)


def _by_name(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name, number in rows:
        found.setdefault(name, []).append(number)
    return found


def own(table: str) -> str:
    """Return the sequence that numbers the rows of a table by itself, by the name that PostgreSQL gives it."""
    return f"{table}_id_seq"


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows, at once or after all else that goes `together`; JSON goes as text, arrays as lists.

    A single row goes as a statement among the others: to begin and end a copy takes two exchanges.
    """
    present, later = list(rows), getattr(_mine, "copies", None)
    if len(present) == 1:
        names, places = ", ".join(f'"{column}"' for column in columns), ", ".join(["%s"] * len(columns))
        execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', present[0])  # noqa: S608 - constants
    elif present and later is None:
        _copy(table, columns, present)
    elif present and later is not None:
        later.append((table, columns, present))


def _copy(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as stream:
        for row in rows:
            stream.write_row(row)


_mine = threading.local()


@contextmanager
def together() -> Iterator[None]:
    """Let what is executed inside wait and be sent together: with the next query, whoever asks it, or at the end.

    The order of statements stays, and so does what each of them sees, but for rows that are copied: those follow at the
    end. An error comes as late as the statement is sent.
    """
    _mine.waiting, _mine.copies = [], []
    try:
        with connection.execute_wrapper(_after_what_waits):
            yield
            _send()
            for each in _mine.copies:
                _copy(*each)
    finally:
        _mine.waiting = _mine.copies = _mine.numbers = None


def execute(sql: str, parameters: Parameters) -> None:
    """Run one statement, at once or with others."""
    waiting: list[Statement] | None = getattr(_mine, "waiting", None)
    if waiting is None:
        _run([(sql, parameters)])
    else:
        waiting.append((sql, parameters))


def fetch(sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Run one query and return its rows."""
    return fetch_each((sql, parameters))[0]


def fetch_each(*queries: Statement) -> list[list[tuple[Any, ...]]]:
    """Run queries one after the other, sent together; return the rows of each. Each sees what was committed by then."""
    waiting = _taken()
    return _run([*waiting, *queries])[len(waiting) :]


def _run(statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """Run statements one after the other, sent together beside Django's cursors; return the rows of each."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, debug_transaction(connection, _told(statements)):
        return pipeline.run(connection.connection, statements)


def _after_what_waits(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
    _send()
    return execute(sql, parameters, many, context)


def _send() -> None:
    """Send what waits."""
    waiting = _taken()
    if waiting:
        _run(waiting)


def _taken() -> list[Statement]:
    """Return what waits, which from then on does not."""
    waiting: list[Statement] = getattr(_mine, "waiting", None) or []
    taken = [*waiting]
    waiting.clear()
    return taken


def _told(statements: Sequence[Statement]) -> str:
    """Return statements as Django's log of queries tells them: one entry for an exchange."""
    return ";".join(sql for sql, _ in statements)


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into the arrays that `unnest` wants; the number of columns is that of the first row."""
    return [list(column) for column in zip(*rows, strict=True)]
