"""Storage format of a configuration: compressed canonical JSON.

One byte before it names the dictionary.

The byte allows a better dictionary to be introduced without rewriting rows. A dictionary is never changed or deleted:
it ships with the code, and each database keeps those that it was written with (`upkeep/dictionaries.py`). PostgreSQL
compresses no rows under 2 KB, so it is done here.
"""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path
from typing import Any

import zstandard
from django.db import connection
from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor

from posture.core.values import MARK, revive
from posture.history.canonical import canonical

WITHOUT_DICTIONARY = 1
"""Zstandard without a dictionary."""
CURRENT = 2
"""Dictionary of new values, by number."""
COMPRESSION_LEVEL = 3
MARKED = f'"{MARK}"'.encode()
"""Appears in the canonical text of every value that contains an unknown field."""
FOLDER = Path(__file__).parent / "dictionaries"

_mine = threading.local()  # the compressor objects may not be shared between threads


class UnknownCodecError(ValueError):
    """A stored value needs a dictionary that neither the code nor the database has."""


def pack(value: Any) -> bytes:
    """Return the stored form of a JSON value; `Unknown` is stored in its marked form."""
    return pack_canonical(canonical(value))


def pack_canonical(text: bytes) -> bytes:
    """Return the stored form of canonical JSON text."""
    compressor: ZstdCompressor | None = getattr(_mine, "compressor", None)
    if compressor is None:
        compressor = _mine.compressor = ZstdCompressor(
            COMPRESSION_LEVEL, dict_data=_dictionary(CURRENT), write_dict_id=False
        )
    return bytes([CURRENT]) + compressor.compress(text)


def unpack_canonical(stored: bytes | memoryview) -> bytes:
    """Return the canonical JSON text of a stored value."""
    raw = bytes(stored)
    if not raw:
        raise UnknownCodecError("an empty value is stored, which no version of the code writes")
    return _decompressor(raw[0]).decompress(raw[1:])


def unpack(stored: bytes | memoryview) -> Any:
    """Return a stored JSON value, marked forms turned back into `Unknown`."""
    text = unpack_canonical(stored)
    value = json.loads(text)
    # Most contain nothing unknown, and need not be traversed.
    return revive(value) if MARKED in text else value


def shipped() -> dict[int, bytes]:
    """Return the dictionaries that come with the code, by number."""
    return {int(path.stem): path.read_bytes() for path in sorted(FOLDER.glob("*.zdict"))}


def _decompressor(number: int) -> ZstdDecompressor:
    mine: dict[int, ZstdDecompressor] | None = getattr(_mine, "decompressors", None)
    if mine is None:
        mine = _mine.decompressors = {}
    if number not in mine:
        mine[number] = ZstdDecompressor(dict_data=None if number == WITHOUT_DICTIONARY else _dictionary(number))
    return mine[number]


@cache
def _dictionary(number: int) -> ZstdCompressionDict:
    content = shipped().get(number) or _load(number)
    if content is None:
        raise UnknownCodecError(f"stored with codec {number}; upgrade to the version that wrote it")
    return ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_FULLDICT)


def _load(number: int) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM history_dictionary WHERE number = %s", [number])
        row: tuple[Any] | None = cursor.fetchone()
    return bytes(row[0]) if row else None
