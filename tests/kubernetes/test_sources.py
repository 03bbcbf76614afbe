"""Folders and archives give their manifests and nothing else."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from posture.kubernetes import sources
from posture.kubernetes.manifests import Manifest, ManifestError
from posture.kubernetes.sources import FILES_MAX, read_path

Read = Callable[[str, bytes], list[Manifest]]
SECRET = b"kind: Secret\nmetadata: {name: a}\n"


def zipped(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def tarred(*members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as archive:  # type: ignore[call-overload]
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return held.getvalue()


def link(name: str, to: str) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, to
    return member, b""


@pytest.fixture
def read_sent(tmp_path: Path) -> Read:
    """Return the manifests in a file with some name and content."""

    def read(name: str, content: bytes) -> list[Manifest]:
        (tmp_path / name).write_bytes(content)
        return read_path(tmp_path / name)

    return read


def test_a_folder_gives_its_manifests_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "one.yml").write_bytes(SECRET)
    (tmp_path / "a.yaml").write_bytes(SECRET)
    (tmp_path / "readme.md").write_text("no manifest")
    assert [one.file for one in read_path(tmp_path)] == ["a.yaml", "b/one.yml"]


def test_archives_are_read_by_members_and_links_are_not_followed(read_sent: Read) -> None:
    assert [one.file for one in read_sent("all.zip", zipped(**{"x/a.yaml": SECRET, "x/a.md": b"#"}))] == ["x/a.yaml"]
    members = [(tarfile.TarInfo("../../a.yaml"), SECRET), link("b.yaml", "/etc/passwd"), (tarfile.TarInfo("c"), b"x")]
    for name, mode in (("all.tar.gz", "w:gz"), ("all.tgz", "w:gz"), ("all.tar", "w")):
        assert [one.file for one in read_sent(name, tarred(*members, mode=mode))] == ["../../a.yaml"]


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.tar.gz"])
@pytest.mark.parametrize("member", ["a.yaml", "a.bin"])
def test_what_unpacks_to_far_more_is_refused(name: str, member: str, read_sent: Read) -> None:
    zeros = b"#" * 60_000_000
    bomb = zipped(**{member: zeros}) if name.endswith("zip") else tarred((tarfile.TarInfo(member), zeros))
    if name.endswith("zip") and member == "a.bin":
        assert read_sent(name, bomb) == [], "what is no manifest is not unpacked"
        return
    with pytest.raises(ManifestError, match=r"unpacks to far more|more than 5,000,000 bytes"):
        read_sent(name, bomb)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.zip", b"no zip", "cannot be read as a zip archive"),
        ("a.tar.gz", b"no tar", "cannot be read as a tar archive"),
        ("a.tgz", tarred((tarfile.TarInfo("a.yaml"), SECRET))[:60], "cannot be read as a tar archive"),
        ("a.exe", SECRET, "is none of .yaml"),
        ("a.zip", zipped(**{"chart/Chart.yaml": b"name: x", "chart/templates/a.yaml": SECRET}), "helm template"),
        ("a.zip", zipped(**{f"{at}.yaml": b"" for at in range(FILES_MAX + 1)}), "at most 5,000 are read"),
    ],
    ids=["no zip", "no tar", "half a tar", "another kind", "a chart", "too many"],
)
def test_what_cannot_be_read_says_why(name: str, content: bytes, says: str, read_sent: Read) -> None:
    with pytest.raises(ManifestError, match=says):
        read_sent(name, content)


def test_a_chart_in_a_folder_is_not_taken_for_manifests(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("name: x\n")
    with pytest.raises(ManifestError, match="helm template"):
        read_path(tmp_path)


def test_links_that_lead_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_bytes(SECRET)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.yaml").write_bytes(SECRET)
    (folder / "out.yaml").symlink_to(tmp_path / "outside.yaml")
    (folder / "within.yaml").symlink_to(folder / "a.yaml")
    assert [one.file for one in read_path(folder)] == ["a.yaml", "within.yaml"]


def broken_deflate() -> bytes:
    content = bytearray(zipped(**{"a.yaml": bytes(range(256)) * 20}))
    for at in range(40, 80):
        content[at] ^= 0x5A
    return bytes(content)


def negative_size() -> bytes:
    """Return a member that leads tarfile back to itself (CVE-2025-8194)."""
    header = bytearray(tarfile.TarInfo("a.txt").tobuf())
    header[124:136] = tarfile.itn(-1024, 12, tarfile.GNU_FORMAT)  # type: ignore[attr-defined]
    header[148:156] = b"%06o\0 " % tarfile.calc_chksums(bytes(header))[0]  # type: ignore[attr-defined]
    return bytes(header) + bytes(20 * 512)


def long_name(size: int) -> bytes:
    """Return an archive whose first header is a name of many bytes."""
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, size
    return gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(size), 1)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", broken_deflate()),
        ("a.zip", zipped(**{"aé.yaml": SECRET}).replace("é".encode(), b"\xff\xfe")),
        ("a.tar", negative_size()),
        ("a.tgz", gzip.compress(negative_size())),
        ("a.tgz", gzip.compress(SECRET)[:-4]),
        ("a.tgz", long_name(20_000_000)),
    ],
    ids=("broken deflate", "odd name", "negative size", "packed negative size", "cut short", "long name"),
)
def test_broken_and_hostile_archives_are_refused_with_a_sentence(read_sent: Read, name: str, content: bytes) -> None:
    with pytest.raises(ManifestError, match=f"^{name} .*\\.$"):
        read_sent(name, content)


def test_a_member_without_a_name_is_left_out(read_sent: Read) -> None:
    odd = zipped(**{"a.yaml": SECRET, "b.yaml": SECRET}).replace(b"a.yaml", b"\0.yaml")
    assert [one.file for one in read_sent("a.zip", odd)] == ["b.yaml"]


def test_a_long_name_is_not_read_into_memory(read_sent: Read) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ManifestError, match="unpacks to far more"):
            read_sent("a.tgz", long_name(60_000_000))
        assert tracemalloc.get_traced_memory()[1] < 180_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_unpack_without_limit_are_refused(read_sent: Read, packing: int) -> None:
    """Four kilobytes of bzip2 may hold gigabytes, which Python unpacks at once."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packing) as archive:
        archive.writestr("a.yaml", SECRET)
    with pytest.raises(ManifestError, match="neither by Deflate"):
        read_sent("a.zip", held.getvalue())


def test_values_of_all_files_together_are_limited(read_sent: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "VALUES_MAX", 100)
    one = b"kind: A\na: [" + b"1," * 40 + b"1]"
    assert len(read_sent("a.zip", zipped(**{"a.yaml": one, "b.yaml": one}))) == 2
    with pytest.raises(ManifestError, match="100 values together"):
        read_sent("a.zip", zipped(**{"a.yaml": one, "b.yaml": one, "c.yaml": one}))
    monkeypatch.setattr(sources, "OBJECTS_MAX", 1)
    with pytest.raises(ManifestError, match="1 objects together"):
        read_sent("a.zip", zipped(**{"a.yaml": one, "b.yaml": one}))


def test_a_tar_that_is_broken_in_its_middle_is_not_taken_for_a_shorter_one(read_sent: Read) -> None:
    members = [(tarfile.TarInfo(name), SECRET) for name in ("a.yaml", "b.yaml")]
    whole = bytearray(tarred(*members, mode="w"))
    assert len(read_sent("all.tar", bytes(whole))) == 2
    whole[2 * tarfile.BLOCKSIZE + 148] ^= 1
    with pytest.raises(ManifestError, match="is broken after 1 manifests"):
        read_sent("all.tar", bytes(whole))
