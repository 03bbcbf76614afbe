"""The files of manifests: a folder, a file, or an archive that somebody sends.

An archive is read member by member and never unpacked, so no member reaches the disk, whatever its name is.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from posture.kubernetes.manifests import BYTES_MAX, Manifest, ManifestError, count_values, read_manifests

ENDINGS = (".yaml", ".yml", ".json")
ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")
FILES_MAX = 5_000
TOTAL_BYTES_MAX = 100_000_000
OBJECTS_MAX = 10_000
"""Objects in all files together: some are compared with each other."""
VALUES_MAX = 2_000_000
"""Values in all files together: in memory, one takes a hundred times its size."""
RATIO_MAX = 200
"""How many times larger than itself what an archive holds may be."""
CHARTS = {"Chart.yaml", "values.yaml", "Chart.lock"}
"""Files of a Helm chart that are no manifests."""
FILE_NAME_MAX = 255
"""Characters of a file's path that are kept: those at its end."""
File = tuple[str, bytes]
UNREADABLE = (OSError, EOFError, ValueError, OverflowError, struct.error, zlib.error)
"""What Python's readers of archives raise on broken ones, besides errors of their own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much all files together may hold."""

    objects: int
    values: int
    size: int
    """Bytes of the files, unpacked."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of manifests with what was read of it."""

    name: str
    content: bytes
    manifests: list[Manifest]


def plain_name(name: str) -> str:
    """Return a file's name as one line of text that can be stored.

    Archives name their members by any bytes: line breaks, halves of characters, signs that turn the text around.
    """
    plain = name if name.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= FILE_NAME_MAX else f"…{plain[1 - FILE_NAME_MAX :]}"


def read_path(path: Path) -> list[Manifest]:
    """Return the manifests in a folder, file or archive.

    Raises ManifestError and OSError.
    """
    return [one for file in read_files(files_at(path)) for one in file.manifests]


def read_files(files: Iterable[File], limits: Limits | None = None) -> Iterator[SourceFile]:
    """Yield the files that hold manifests with what they hold; raises ManifestError."""
    limits = limits or Limits(OBJECTS_MAX, VALUES_MAX, TOTAL_BYTES_MAX)
    values, objects, size = 0, 0, 0
    for path, content in files:
        name = plain_name(path)
        size += len(content)
        if size > limits.size:
            raise ManifestError(f"{name}: here the files have more than {limits.size:,} bytes together. Split them.")
        read = read_manifests(content, name)
        values += sum(count_values(one.content, name) for one in read)
        if values > limits.values:
            raise ManifestError(f"{name}: here the files have more than {limits.values:,} values together. Split them.")
        objects += len(read)
        if objects > limits.objects:
            raise ManifestError(
                f"{name}: here the files have more than {limits.objects:,} objects together. Split them."
            )
        yield SourceFile(name, content, read)


def files_at(path: Path) -> Iterator[File]:
    """Yield the files in a folder, file or archive.

    Raises ManifestError and OSError.
    """
    if not path.is_dir():
        with path.open("rb") as file:
            yield from unpack(path.name, file.read(TOTAL_BYTES_MAX + 1))
        return
    found = [one for one in sorted(path.rglob("*")) if one.suffix in ENDINGS and _is_within(one, path)]
    names = [PurePosixPath(one.relative_to(path).as_posix()) for one in found]
    for one, name in zip(found, _rendered(names), strict=True):
        with one.open("rb") as file:
            yield str(name), file.read(BYTES_MAX + 1)


def _is_within(file: Path, folder: Path) -> bool:
    """Return False for links out of a folder, by which strangers choose what is read."""
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _rendered(names: list[PurePosixPath]) -> list[PurePosixPath]:
    """Return the names.

    Raises ManifestError where they are the sources of a Helm chart.
    """
    if len(names) > FILES_MAX:
        raise ManifestError(f"There are {len(names):,} manifests, and at most {FILES_MAX:,} are read. Split them.")
    if chart := next((name for name in names if name.name in CHARTS), None):
        raise ManifestError(
            f"{plain_name(str(chart))} belongs to a Helm chart, whose files are templates: read what `helm template` "
            "makes of it."
        )
    return names


def unpack(name: str, content: bytes) -> Iterator[File]:
    """Yield a file, or the members of an archive; raises ManifestError."""
    name = plain_name(name)
    if len(content) > TOTAL_BYTES_MAX:
        raise ManifestError(f"{name} has more than {TOTAL_BYTES_MAX:,} bytes. Split it.")
    if name.endswith(".zip"):
        yield from _of_zip(name, content)
    elif name.endswith(ARCHIVES):
        yield from _of_tar(name, content)
    elif name.endswith(ENDINGS):
        yield name, content
    else:
        raise ManifestError(f"{name} is none of {', '.join(ENDINGS + ARCHIVES)}: nothing is read.")


def _of_zip(name: str, content: bytes) -> Iterator[File]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if one.filename.endswith(ENDINGS)]
            budget = _Budget(name, len(content))
            _rendered([PurePosixPath(one.filename) for one in members])
            for one in members:
                _refuse_other_packing(name, one)
                with archive.open(one) as file:
                    yield one.filename, budget.read(file)
    except ManifestError:
        raise
    except (*UNREADABLE, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ManifestError(f"{name} cannot be read as a zip archive: {error}.") from error


def _refuse_other_packing(name: str, member: zipfile.ZipInfo) -> None:
    """Refuse what Python unpacks by gigabytes at once, whatever is asked for."""
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ManifestError(f"{name}: {plain_name(member.filename)} is packed neither by Deflate nor as it is.")


def _of_tar(name: str, content: bytes) -> Iterator[File]:
    try:
        budget = _Budget(name, len(content))
        # Unpacked before the members are read: a header may say that it has gigabytes, and tarfile believes it.
        plain = content if name.endswith(".tar") else _gunzipped(name, content, budget.left)
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:", tarinfo=_Member) as archive:
            names = []
            for member in archive:
                # Links are left out: they lead out of the archive, or twice to one file.
                if not member.isreg() or not member.name.endswith(ENDINGS):
                    budget.skip(member.size)
                    continue
                names.append(PurePosixPath(member.name))
                if len(names) > FILES_MAX or names[-1].name in CHARTS:
                    _rendered(names)
                file = archive.extractfile(member)
                yield member.name, budget.read(file or io.BytesIO())
            _require_end(name, plain[archive.offset : archive.offset + tarfile.BLOCKSIZE], len(names))
    except ManifestError:
        raise
    except (*UNREADABLE, tarfile.TarError) as error:
        raise ManifestError(f"{name} cannot be read as a tar archive: {error}.") from error


def _require_end(name: str, block: bytes, read: int) -> None:
    """Refuse an archive that goes on: at a broken header tarfile ends as at the end."""
    if block.strip(b"\0"):
        raise ManifestError(f"{name} is broken after {read} manifests: pack it again.")


def _gunzipped(name: str, content: bytes, most: int) -> bytes:
    with gzip.open(io.BytesIO(content)) as file:
        plain = file.read(most + 1)
    if len(plain) > most:
        raise ManifestError(f"{name} unpacks to far more than its size, and is not read on.")
    return plain


class _Member(tarfile.TarInfo):
    """A member whose size is checked: by a negative one, tarfile reads for ever."""

    def _block(self, count: int) -> int:
        if count < 0:
            raise tarfile.ReadError("invalid size")
        return int(super()._block(count))  # type: ignore[misc]


class _Budget:
    """Bytes that an archive may still unpack to."""

    def __init__(self, name: str, packed: int) -> None:
        self.name = name
        self.left = min(TOTAL_BYTES_MAX, max(packed, 10_000) * RATIO_MAX)

    def read(self, file: IO[bytes]) -> bytes:
        """Return a member's content.

        Raises ManifestError beyond either limit.
        """
        content = file.read(min(self.left, BYTES_MAX) + 1)
        self.skip(len(content))
        return content

    def skip(self, size: int) -> None:
        """Count what is passed over: it is unpacked as well."""
        self.left -= max(size, 0)
        if self.left < 0:
            raise ManifestError(f"{self.name} unpacks to far more than its size, and is not read on.")
