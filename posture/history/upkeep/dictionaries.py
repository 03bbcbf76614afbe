"""Copies the compression dictionaries into the database, and trains new ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import zstandard
from django.db import connections

from posture.history import codec
from posture.history.models import Dictionary

DICTIONARY_BYTES = 64 * 1024
"""Bytes of a trained dictionary."""


class ChangedDictionaryError(Exception):
    """The code has another dictionary under the number of a stored one."""


def keep(using: str = "default", **_: Any) -> None:
    """Copy the code's dictionaries into the database after a migration.

    So a dump can be read without the code.
    """
    if Dictionary._meta.db_table not in connections[using].introspection.table_names():  # noqa: SLF001 - Django's documented Model _meta API
        return  # migrated back to before the table existed
    known = {each.pk: bytes(each.content) for each in Dictionary.objects.using(using).all()}
    for number, content in codec.shipped().items():
        if known.setdefault(number, content) != content:
            raise ChangedDictionaryError(
                f"The dictionary {number} of this code is not the one that the database was written with:"
                " install a release of Plumbline, in which no dictionary ever changes."
            )
    Dictionary.objects.using(using).bulk_create(
        (Dictionary(number=number, content=content) for number, content in codec.shipped().items()),
        ignore_conflicts=True,
    )


def train(samples: Sequence[bytes], size: int = DICTIONARY_BYTES) -> bytes:
    """Return a dictionary trained on canonical texts.

    Raises ValueError for too few samples.
    """
    try:
        return zstandard.train_dictionary(size, list(samples), level=codec.COMPRESSION_LEVEL).as_bytes()
    except zstandard.ZstdError as error:
        raise ValueError(f"{len(samples)} samples do not make a dictionary of {size} bytes ({error}).") from error
