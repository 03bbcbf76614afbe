"""Unpack a WOFF font into the OpenType file that it holds.

What renders PNG reads no WOFF. Standard library alone.

The format: https://www.w3.org/TR/WOFF/, a header and a directory, and then each table compressed by zlib.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

SIGNATURE = b"wOFF"
HEADER = struct.Struct(">4s4sLHHLHHLLLLL")
ENTRY = struct.Struct(">4sLLLL")
OFFSETS = struct.Struct(">4sHHHH")
RECORD = struct.Struct(">4sLLL")


class WoffError(Exception):
    """A file is no WOFF font."""


@dataclass(frozen=True, slots=True)
class _Table:
    tag: bytes
    checksum: int
    content: bytes

    @property
    def padded(self) -> bytes:
        """The content, up to the next multiple of four bytes."""
        return self.content + b"\0" * (-len(self.content) % 4)


def unpack(woff: bytes) -> bytes:
    """Return the OpenType font in a WOFF file; raises `WoffError` for any other file."""
    if len(woff) < HEADER.size or not woff.startswith(SIGNATURE):
        raise WoffError("not a WOFF font")
    _, flavor, _, number, *_ = HEADER.unpack_from(woff)
    entries = [ENTRY.unpack_from(woff, HEADER.size + index * ENTRY.size) for index in range(number)]
    return _font(flavor, [_table(woff, *entry) for entry in entries])


def _table(woff: bytes, tag: bytes, offset: int, packed: int, size: int, checksum: int) -> _Table:
    content = woff[offset : offset + packed]
    return _Table(tag, checksum, zlib.decompress(content) if packed < size else content)


def _font(flavor: bytes, tables: list[_Table]) -> bytes:
    power = len(tables).bit_length() - 1
    head = OFFSETS.pack(flavor, len(tables), 16 << power, power, (len(tables) - (1 << power)) * 16)
    records, body, at = b"", b"", OFFSETS.size + RECORD.size * len(tables)
    for table in tables:
        records += RECORD.pack(table.tag, table.checksum, at + len(body), len(table.content))
        body += table.padded
    return head + records + body
