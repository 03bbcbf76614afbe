"""Loads SQL from the files in the folder `sql` next to a module.

A file holds a statement, or a part that several statements have in common. A name in braces is replaced by what the
module passes under that name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from psycopg.sql import SQL

_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


def load_statement(module: str, name: str, /, **parts: object) -> str:
    """Return a statement by the path of its module and its name.

    Of `parts`, psycopg's SQL objects are inserted as SQL and all other values as literals.
    """
    return load_part(module, name).format(**parts).as_string()


@cache
def load_part(module: str, name: str) -> SQL:
    """Return a part of statements, without the comments, which the server would parse."""
    text = Path(module).with_name("sql").joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return SQL(_COMMENT.sub("", text).strip())
