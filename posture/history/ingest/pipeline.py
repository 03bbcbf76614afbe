"""Statements that travel together: they are sent at once over libpq, prepared, and answered at once.

A sweep of a thousand accounts asks the same few dozen statements a thousand times. By psycopg's cursors each takes a
tenth of a millisecond, and its pipeline asks the kernel after each whether it may go on: a tenth of all that recording
takes. Rows come in binary, which is read faster: jsonb is to be asked for as text, or arrives as a value.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

from posture.history.tuning import tuning

Parameters = Sequence[Any] | Mapping[str, Any]
Statement = tuple[str, Parameters]
Rows = list[tuple[Any, ...]]
_Values = tuple[list[bytes | None], list[Format]]


@dataclass(slots=True)
class _Prepared:
    """What one connection has prepared: names by statement. No name is given twice."""

    names: dict[str, bytes] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)


_prepared: WeakKeyDictionary[psycopg.Connection[Any], _Prepared] = WeakKeyDictionary()


@dataclass(slots=True)
class _Sent:
    """Something that was sent, and will be answered; without `sql` it begins a transaction."""

    sql: str = ""
    prepares: bool = False


def run(raw: psycopg.Connection[Any], statements: Sequence[Statement]) -> list[Rows]:
    """Run statements one after the other, sent together; return the rows of each.

    The server keeps the plan of each for as long as the connection lasts. Where a transaction is due it is begun first,
    as psycopg's cursors do it. Raises psycopg's error of the first statement that fails: those after it have not run
    then. Whoever is interrupted loses the connection.
    """
    known = _prepared.setdefault(raw, _Prepared())
    handed = [(sql, _values(sql, given)) for sql, given in statements]
    pgconn = raw.pgconn
    pgconn.enter_pipeline_mode()
    try:
        sent = [*_send(raw, known, handed)]
        pgconn.pipeline_sync()
        answers = raw.wait(_answers(pgconn))
        pgconn.exit_pipeline_mode()
    except BaseException:
        # What is still on its way could not be told from the answers to what is asked next.
        raw.close()
        raise
    return _read(raw, known, sent, answers)


def _send(raw: psycopg.Connection[Any], known: _Prepared, handed: Sequence[tuple[str, _Values]]) -> Iterator[_Sent]:
    pgconn = raw.pgconn
    if not raw.autocommit and pgconn.transaction_status == TransactionStatus.IDLE:
        pgconn.send_query_params(b"BEGIN", None)
        yield _Sent()
    for sql, (values, forms) in handed:
        text, _ = _translated(sql)
        name = known.names.get(sql)
        if name is None and len(known.names) < tuning.prepared_statements_max:
            name = known.names[sql] = b"wire_%d" % next(known.numbers)
            pgconn.send_prepare(name, text)
            yield _Sent(sql, prepares=True)
        if name is None:
            pgconn.send_query_params(text, values, None, forms, Format.BINARY)
        else:
            pgconn.send_query_prepared(name, values, forms, Format.BINARY)
        yield _Sent(sql)


def _answers(pgconn: PGconn) -> Generator[Wait, Ready | int, list[PGresult]]:
    """Send what waits in memory, and return the last result of each statement."""
    while pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()
    found: list[PGresult] = []
    last: PGresult | None = None
    while True:
        while pgconn.is_busy():
            yield Wait.R
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            if last is not None:
                found.append(last)
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return found
        last = result


def _read(
    raw: psycopg.Connection[Any], known: _Prepared, sent: Sequence[_Sent], answers: Sequence[PGresult]
) -> list[Rows]:
    """Return the rows of what was answered; forget what was not prepared, or can be of no more use as it was."""
    rows, failed, transformer = list[Rows](), None, Transformer(raw)
    for each, answer in zip(sent, answers, strict=True):
        status = answer.status
        if status not in _DONE:
            if each.prepares or failed is None:
                known.names.pop(each.sql, None)
            failed = failed or answer
        elif status == ExecStatus.TUPLES_OK:
            transformer.set_pgresult(answer)
            rows.append(transformer.load_rows(0, answer.ntuples, tuple))
        elif each.sql and not each.prepares:
            rows.append([])
    if failed is not None:
        raise error_from_result(failed)
    return rows


_DONE = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}


@cache
def _translated(sql: str) -> tuple[bytes, tuple[str | None, ...]]:
    """Return a statement with numbered parameters, and what each of them is called in `sql`."""
    names = list[str | None]()

    def numbered(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        names.append(found[1])
        return f"${len(names)}"

    return re.sub(r"%%|%(?:\((\w+)\))?s", numbered, sql).encode(), tuple(names)


def _values(sql: str, given: Parameters) -> _Values:
    """Return parameters as they are handed over: bytes as they are, all else as text."""
    if isinstance(given, Mapping):
        given = [given[name] for name in _translated(sql)[1] if name is not None]
    forms = [Format.BINARY if type(value) is bytes else Format.TEXT for value in given]
    return [_encoded(value) for value in given], forms


def _encoded(value: Any) -> bytes | None:
    if type(value) is bytes:
        return value
    text = text_of(value)
    if text is None:
        return None
    # libpq reads up to it, and nobody would know what is lost.
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL's text holds no NUL: replace it.")
    return text.encode()


def text_of(value: Any) -> str | None:
    """Return a value as PostgreSQL reads it, whatever type it takes it for; None is NULL.

    Raises TypeError for what is neither a text, a number, a truth, bytes, an instant nor a list of them.
    """
    kind = type(value)
    if value is None:
        return None
    if isinstance(value, datetime | str):
        return str(value)
    if kind is list:
        return f"{{{','.join(_elements(value))}}}"
    if kind is bool:
        return "t" if value else "f"
    if isinstance(value, int | float):
        return repr(value) if kind is int or kind is float else repr(value + 0)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{kind.__name__} is not handed over to the database: make it a text, a number or a list.")


def _elements(values: Sequence[Any]) -> Iterator[str]:
    """Yield the elements of an array; lists of one kind, which are long, go the short way."""
    kinds = {*map(type, values)}
    if kinds <= _NUMBERS:
        yield from ["NULL" if each is None else repr(each) for each in values]
    elif kinds == {bytes}:
        yield from [f'"\\\\x{each.hex()}"' for each in values]
    else:
        for text in map(text_of, values):
            yield "NULL" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_NUMBERS = {int, float, type(None)}
