"""Folders and archives give their manifests and nothing else."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

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
)
def test_what_cannot_be_read_says_why(name: str, content: bytes, says: str, read_sent: Read) -> None:
    with pytest.raises(ManifestError, match=says):
        read_sent(name, content)


def test_a_chart_in_a_folder_is_not_taken_for_manifests(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("name: x\n")
    with pytest.raises(ManifestError, match="helm template"):
        read_path(tmp_path)
