"""Keeps in the database whatever dictionaries its values were written with, and trains new ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import zstandard
from django.db import connections

from posture.history import codec
from posture.history.models import Dictionary

SIZE = 64 * 1024
"""Bytes of a trained dictionary."""


class ChangedDictionaryError(Exception):
    """The code ships another dictionary under a number that the database knows: nothing could be read any more."""


def keep(using: str = "default", **_: Any) -> None:
    """Put the code's dictionaries into the database, where they survive the code; called after every migration."""
    if Dictionary._meta.db_table not in connections[using].introspection.table_names():  # noqa: SLF001 - Django's documented Model _meta API
        return  # migrated back to before there was one
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


def train(samples: Sequence[bytes], size: int = SIZE) -> bytes:
    """Return a dictionary for values like the samples, which are canonical texts; raises ValueError for too few."""
    try:
        return zstandard.train_dictionary(size, list(samples), level=codec.LEVEL).as_bytes()
    except zstandard.ZstdError as error:
        raise ValueError(f"{len(samples)} samples do not make a dictionary of {size} bytes ({error}).") from error
