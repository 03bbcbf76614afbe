"""A libpq pipeline: statements are prepared, sent together and answered together.

A sweep of a thousand accounts runs the same few dozen statements a thousand times. With psycopg's cursors each takes a
tenth of a millisecond, and its own pipeline polls the socket after each: a tenth of all the time that recording takes.
Rows arrive in binary, which is decoded faster: select jsonb as text, or it arrives as a value.
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

from posture.core.shortcuts import Shortcut, is_enabled
from posture.history.tuning import tuning

Parameters = Sequence[Any] | Mapping[str, Any]
Statement = tuple[str, Parameters]
Rows = list[tuple[Any, ...]]
_Values = tuple[list[bytes | None], list[Format]]


@dataclass(slots=True)
class _Prepared:
    """Names of the statements that one connection has prepared; no name is used twice."""

    names: dict[str, bytes] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)


_prepared: WeakKeyDictionary[psycopg.Connection[Any], _Prepared] = WeakKeyDictionary()


@dataclass(slots=True)
class _Sent:
    """One message that will be answered; without `sql` it begins a transaction."""

    sql: str = ""
    prepares: bool = False


def run(raw: psycopg.Connection[Any], statements: Sequence[Statement]) -> list[Rows]:
    """Run statements one after the other, sent together; return the rows of each.

    The server keeps the plan of each until the connection closes. Where a transaction is due it is begun first, as
    psycopg's cursors do it. Raises psycopg's error of the first statement that fails; those after it do not run. Where
    this is interrupted, the connection is closed.
    """
    return _run_prepared(raw, statements) if is_enabled(Shortcut.PIPELINE) else _run_by_cursors(raw, statements)


def _run_prepared(raw: psycopg.Connection[Any], statements: Sequence[Statement]) -> list[Rows]:
    """Run statements by libpq, prepared by names of ours."""
    known = _prepared.setdefault(raw, _Prepared())
    encoded = [(sql, _values(sql, given)) for sql, given in statements]
    pgconn = raw.pgconn
    pgconn.enter_pipeline_mode()
    try:
        sent = [*_send(raw, known, encoded)]
        pgconn.pipeline_sync()
        answers = raw.wait(_answers(pgconn))
        pgconn.exit_pipeline_mode()
    except BaseException:
        # Answers that are still on their way would be taken for those of the next statements.
        raw.close()
        raise
    return _read(raw, known, sent, answers)


def _run_by_cursors(raw: psycopg.Connection[Any], statements: Sequence[Statement]) -> list[Rows]:
    """Run statements one by one by psycopg's cursors, which takes a third more CPU."""
    handed = [(sql, _texts(sql, given)) for sql, given in statements]
    raw.prepared_max = tuning.prepared_statements_max
    try:
        return [_rows(psycopg.Cursor(raw).execute(sql, given, prepare=True, binary=True)) for sql, given in handed]
    except BaseException:
        # As above: whoever is interrupted leaves an answer on its way.
        if raw.pgconn.transaction_status == TransactionStatus.ACTIVE:
            raw.close()
        raise


def _rows(cursor: psycopg.Cursor[Any]) -> Rows:
    return cursor.fetchall() if cursor.description else []


def _texts(sql: str, given: Parameters) -> Parameters:
    """Return parameters as text, except for bytes, for PostgreSQL to infer types."""
    if isinstance(given, Mapping):
        return {name: _text(given[name]) for name in _translated(sql)[1] if name is not None}
    return [_text(value) for value in given]


def _text(value: Any) -> str | bytes | None:
    encoded = _encoded(value)
    return encoded if encoded is None or type(value) is bytes else encoded.decode()


def _send(raw: psycopg.Connection[Any], known: _Prepared, encoded: Sequence[tuple[str, _Values]]) -> Iterator[_Sent]:
    pgconn = raw.pgconn
    if not raw.autocommit and pgconn.transaction_status == TransactionStatus.IDLE:
        pgconn.send_query_params(b"BEGIN", None)
        yield _Sent()
    for sql, (values, forms) in encoded:
        text, _ = _translated(sql)
        name = known.names.get(sql)
        if name is None and len(known.names) < tuning.prepared_statements_max:
            name = known.names[sql] = b"pipeline_%d" % next(known.numbers)
            pgconn.send_prepare(name, text)
            yield _Sent(sql, prepares=True)
        if name is None:
            pgconn.send_query_params(text, values, None, forms, Format.BINARY)
        else:
            pgconn.send_query_prepared(name, values, forms, Format.BINARY)
        yield _Sent(sql)


def _answers(pgconn: PGconn) -> Generator[Wait, Ready | int, list[PGresult]]:
    """Flush what libpq has buffered, and return the last result of each statement."""
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
    """Return the rows of each answer.

    Forget statements that failed to prepare, or have to be prepared again.
    """
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
    """Return a statement with numbered parameters, and their names in `sql`."""
    names = list[str | None]()

    def numbered(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        names.append(found[1])
        return f"${len(names)}"

    return re.sub(r"%%|%(?:\((\w+)\))?s", numbered, sql).encode(), tuple(names)


def _values(sql: str, given: Parameters) -> _Values:
    """Return parameters as libpq takes them: bytes in binary, everything else as text."""
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
    # libpq reads up to it, and would silently lose the rest.
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL's text holds no NUL: replace it.")
    return text.encode()


def text_of(value: Any) -> str | None:
    """Return a value in PostgreSQL's text format; None is NULL.

    Raises TypeError unless it is text, a number, a boolean, bytes, a datetime or a list of them.
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
    raise TypeError(f"{kind.__name__} cannot be passed to the database: convert it to text, a number or a list.")


def _elements(values: Sequence[Any]) -> Iterator[str]:
    """Yield the elements of an array.

    Lists of one type, which are the long ones, take a faster path.
    """
    kinds = {*map(type, values)}
    if kinds <= _NUMBERS:
        yield from ["NULL" if each is None else repr(each) for each in values]
    elif kinds == {bytes}:
        yield from [f'"\\\\x{each.hex()}"' for each in values]
    else:
        for text in map(text_of, values):
            yield "NULL" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_NUMBERS = {int, float, type(None)}
