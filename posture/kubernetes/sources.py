"""The files of manifests: a folder, a file, or an archive that somebody sends.

An archive is read member by member and never unpacked, so no member reaches the disk, whatever its name is.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from posture.kubernetes.manifests import BYTES_MAX, Manifest, ManifestError, read_manifests

ENDINGS = (".yaml", ".yml", ".json")
ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")
FILES_MAX = 5_000
TOTAL_BYTES_MAX = 100_000_000
RATIO_MAX = 200
"""How many times larger than itself what an archive holds may be."""
CHARTS = {"Chart.yaml", "values.yaml", "Chart.lock"}
"""Files of a Helm chart that are no manifests."""
File = tuple[str, bytes]


def read_path(path: Path) -> list[Manifest]:
    """Return the manifests in a folder, file or archive.

    Raises ManifestError and OSError.
    """
    return [one for name, content in _files_at(path) for one in read_manifests(content, name)]


def _files_at(path: Path) -> Iterator[File]:
    if not path.is_dir():
        yield from _unpacked(path.name, path.read_bytes())
        return
    found = [one for one in sorted(path.rglob("*")) if one.is_file() and one.suffix in ENDINGS]
    names = [PurePosixPath(one.relative_to(path).as_posix()) for one in found]
    for one, name in zip(found, _rendered(names), strict=True):
        with one.open("rb") as file:
            yield str(name), file.read(BYTES_MAX + 1)


def _rendered(names: list[PurePosixPath]) -> list[PurePosixPath]:
    """Return the names.

    Raises ManifestError where they are the sources of a Helm chart.
    """
    if len(names) > FILES_MAX:
        raise ManifestError(f"There are {len(names):,} manifests, and at most {FILES_MAX:,} are read. Split them.")
    if chart := next((name for name in names if name.name in CHARTS), None):
        raise ManifestError(
            f"{chart} belongs to a Helm chart, whose files are templates: read what `helm template` makes of it."
        )
    return names


def _unpacked(name: str, content: bytes) -> Iterator[File]:
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
            members = [one for one in archive.infolist() if not one.is_dir() and one.filename.endswith(ENDINGS)]
            budget = _Budget(name, len(content))
            _rendered([PurePosixPath(one.filename) for one in members])
            for one in members:
                with archive.open(one) as file:
                    yield one.filename, budget.read(file)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ManifestError(f"{name} cannot be read as a zip archive: {error}.") from error


def _of_tar(name: str, content: bytes) -> Iterator[File]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            budget = _Budget(name, len(content))
            names = []
            for member in archive:
                # Links are left out: they lead out of the archive, or twice to one file.
                if not member.isreg() or not member.name.endswith(ENDINGS):
                    budget.skip(member.size)
                    continue
                names.append(PurePosixPath(member.name))
                _rendered(names)
                file = archive.extractfile(member)
                yield member.name, budget.read(file or io.BytesIO())
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ManifestError(f"{name} cannot be read as a tar archive: {error}.") from error


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
        self.left -= size
        if self.left < 0:
            raise ManifestError(f"{self.name} unpacks to far more than its size, and is not read on.")
