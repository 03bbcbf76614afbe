"""How a configuration is laid down: canonical JSON, compressed, behind one byte that names the way.

The byte lets another way (a trained dictionary, say) be introduced without touching what is stored.
PostgreSQL's own compression never reaches rows under 2 KB, so it is done here.
"""

from __future__ import annotations

import json
import threading
from typing import Any

import zstandard

from posture.core.values import revive
from posture.history.canonical import canonical

ZSTD_PLAIN = b"\x01"
"""Zstandard, level 3, no dictionary."""

_mine = threading.local()  # the compressor objects may not be shared between threads


class UnknownCodecError(ValueError):
    """A stored value begins with a byte that this version of the code does not know."""


def pack(value: Any) -> bytes:
    """Return the stored form of a JSON value; `Unknown` is kept in its marked form."""
    return pack_canonical(canonical(value))


def pack_canonical(text: bytes) -> bytes:
    """Return the stored form of canonical JSON text."""
    compressor: zstandard.ZstdCompressor | None = getattr(_mine, "compressor", None)
    if compressor is None:
        compressor = _mine.compressor = zstandard.ZstdCompressor(level=3)
    return ZSTD_PLAIN + compressor.compress(text)


def unpack_canonical(stored: bytes | memoryview) -> bytes:
    """Return the canonical JSON text of a stored value."""
    raw = bytes(stored)
    if raw[:1] != ZSTD_PLAIN:
        raise UnknownCodecError(f"stored with codec {raw[:1].hex() or 'none'}; upgrade to the version that wrote it")
    decompressor: zstandard.ZstdDecompressor | None = getattr(_mine, "decompressor", None)
    if decompressor is None:
        decompressor = _mine.decompressor = zstandard.ZstdDecompressor()
    return decompressor.decompress(raw[1:])


def unpack(stored: bytes | memoryview) -> Any:
    """Return a stored JSON value, marked forms turned back into `Unknown`."""
    return revive(json.loads(unpack_canonical(stored)))
