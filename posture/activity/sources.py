"""The files of events: a file, a folder, or a zip archive.

Nothing is unpacked to disk.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from posture.activity.events import Event, EventError, parse_records

ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
ZIP = ".zip"
DIGEST = "CloudTrail-Digest"
"""In the names of files by which a trail proves that it is complete; they have no events."""
FILES_MAX = 200_000
FILE_BYTES_MAX = 100_000_000
TOTAL_BYTES_MAX = 2_000_000_000
EVENTS_MAX = 500_000
"""All are in memory, some 5 KB each."""
File = tuple[str, bytes]
UNREADABLE = (OSError, EOFError, ValueError, OverflowError, zlib.error, zipfile.BadZipFile, NotImplementedError)
"""What Python's readers of archives raise on broken ones."""


class SourceError(Exception):
    """There are more files or events than are read at once."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file or record that could not be read as an event."""

    file: str
    record: int
    """Its number in the file, from 1; 0 for the file as a whole."""
    reason: str


@dataclass(slots=True)
class EventFiles:
    """What was read from files."""

    events: list[Event] = field(default_factory=list)
    """In the order of their times."""
    rejected: list[Rejected] = field(default_factory=list)
    duplicates: int = 0
    files: int = 0


def read_path(path: Path) -> EventFiles:
    """Read all events at a path; raises SourceError beyond the limits, and OSError."""
    log, known, size = EventFiles(), set[tuple[str, str]](), 0
    for name, content in _files_at(path, log.rejected):
        log.files += 1
        size += len(content)
        if size > TOTAL_BYTES_MAX:
            raise SourceError(f"{name}: here the files have more than {TOTAL_BYTES_MAX:,} bytes together. Split them.")
        _read_file(log, known, name, content)
    log.events.sort(key=lambda event: event.time)
    return log


def _read_file(log: EventFiles, known: set[tuple[str, str]], name: str, content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        log.rejected.append(Rejected(name, 0, "it is no UTF-8 text"))
        return
    for number, record in enumerate(parse_records(text), 1):
        if isinstance(record, EventError):
            log.rejected.append(Rejected(name, number, str(record)))
        # An event of two accounts has an id in each, but an organization's trails may repeat one.
        elif (identity := (record.id, record.account)) in known:
            log.duplicates += 1
        else:
            known.add(identity)
            log.events.append(record)
        if len(log.events) + len(log.rejected) > EVENTS_MAX:
            raise SourceError(f"{name}: here there are more than {EVENTS_MAX:,} events. Read fewer days at once.")


def _files_at(path: Path, rejected: list[Rejected]) -> Iterator[File]:
    if not path.is_dir():
        yield from _open(path, path.name, rejected, is_named=True)
        return
    count = 0
    for file in sorted(path.rglob("*")):
        if not file.name.endswith((*ENDINGS, ZIP)) or DIGEST in file.as_posix() or not _is_within(file, path):
            continue
        count += 1
        if count > FILES_MAX:
            raise SourceError(f"There are more than {FILES_MAX:,} files. Read fewer days at once.")
        yield from _open(file, file.relative_to(path).as_posix(), rejected)


def _is_within(file: Path, folder: Path) -> bool:
    """Return False for links out of a folder, by which strangers choose what is read."""
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _open(path: Path, name: str, rejected: list[Rejected], *, is_named: bool = False) -> Iterator[File]:
    """Yield a file, or an archive's members; a file that was asked for must be there."""
    try:
        with path.open("rb") as file:
            if name.endswith(ZIP):
                yield from _members(name, file, rejected)
            else:
                yield name, _unpack(name, file)
    except UNREADABLE as error:
        if is_named and isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
            raise
        rejected.append(Rejected(name, 0, str(error) or type(error).__name__))


def _members(name: str, file: IO[bytes], rejected: list[Rejected]) -> Iterator[File]:
    with zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist() if one.filename.endswith(ENDINGS) and DIGEST not in one.filename]
        if len(members) > FILES_MAX:
            raise SourceError(f"{name} has more than {FILES_MAX:,} files. Read fewer days at once.")
        for one in members:
            where = f"{name}/{one.filename}"
            try:
                yield where, _read_member(archive, one)
            except (*UNREADABLE, RuntimeError) as error:
                rejected.append(Rejected(where, 0, str(error) or type(error).__name__))


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a member's content, refusing what Python unpacks by gigabytes at once."""
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError("it is packed neither by Deflate nor as it is")
    with archive.open(member) as file:
        return _unpack(member.filename, file)


def _unpack(name: str, file: IO[bytes]) -> bytes:
    if name.endswith(".gz"):
        packed = _bounded(file)
        with gzip.open(io.BytesIO(packed)) as unpacked:
            return _bounded(unpacked)
    return _bounded(file)


def _bounded(file: IO[bytes] | gzip.GzipFile) -> bytes:
    content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise ValueError(f"it has more than {FILE_BYTES_MAX:,} bytes")
    return content
