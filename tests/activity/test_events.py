"""Reading events: forms of files, limits, and hostile content."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from posture.activity import sources
from posture.activity.events import DEPTH_MAX, EventError, parse_event
from posture.activity.sources import SourceError, read_path

RAW: dict[str, Any] = {
    "eventID": "1",
    "eventTime": "2026-11-02T09:00:00Z",
    "eventSource": "lambda.amazonaws.com",
    "eventName": "UpdateFunctionCode20150331v2",
    "recipientAccountId": "111111111111",
    "requestParameters": {"dBInstanceIdentifier": "db", "list": {"items": [1, 2]}},
}


def write(path: Path, *raws: Any) -> Path:
    path.write_text(json.dumps({"Records": list(raws)}))
    return path


def test_names_are_read_without_the_version_of_the_api() -> None:
    event = parse_event(RAW)
    assert event.key == "lambda:UpdateFunctionCode"
    assert event.parameter("DBInstanceIdentifier") == "db"
    assert event.items("list") == [1, 2]
    assert parse_event({**RAW, "eventName": "UpdateDistribution2020_05_31"}).name == "UpdateDistribution"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Records": [RAW]}),
        json.dumps([RAW]),
        json.dumps(RAW),
        json.dumps(RAW) + "\n\n" + json.dumps(RAW) + "\n",
        json.dumps({"Events": [{"EventId": "1", "CloudTrailEvent": json.dumps(RAW)}]}),
        json.dumps({"EventId": "1", "CloudTrailEvent": json.dumps(RAW)}),
        "\ufeff" + json.dumps([RAW]),
    ],
    ids=["trail", "list", "event", "lines", "lookup", "looked up", "mark"],
)
def test_every_form_of_export_is_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "events.json"
    file.write_text(text)
    log = read_path(file)
    assert [event.id for event in log.events] == ["1"]
    assert not log.rejected


def test_folders_and_archives_are_read_in_the_order_of_times(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    late, early = {**RAW, "eventID": "2", "eventTime": "2026-11-02T10:00:00Z"}, {**RAW, "eventID": "3"}
    (tmp_path / "in" / "a.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [late, RAW]}).encode()))
    with zipfile.ZipFile(tmp_path / "in" / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../c.json.gz", gzip.compress(json.dumps({"Records": [early, RAW]}).encode()))
        archive.writestr("notes.txt", "nothing")
    (tmp_path / "in" / "1_CloudTrail-Digest_x.json").write_text("{}")
    (tmp_path / "outside.json").write_text("[]")
    (tmp_path / "in" / "link.json").symlink_to(tmp_path / "outside.json")
    log = read_path(tmp_path / "in")
    assert [event.id for event in log.events] == ["1", "3", "2"]
    assert (log.files, log.duplicates, log.rejected) == (2, 1, [])


def test_an_event_is_kept_once_for_each_account(tmp_path: Path) -> None:
    other = {**RAW, "recipientAccountId": "222222222222"}
    log = read_path(write(tmp_path / "a.json", RAW, RAW, other))
    assert (len(log.events), log.duplicates) == (2, 1)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("text", "no valid JSON"),
        (None, "no JSON object"),
        ({**RAW, "eventTime": "yesterday"}, "time"),
        ({**RAW, "eventTime": "0001-01-01T00:00:00+14:00"}, "time"),
        ({**RAW, "eventName": ["x"]}, "eventName"),
        ({"Records": []}, "eventID"),
        ({**RAW, "requestParameters": list(range(60_000))}, "values"),
    ],
)
def test_broken_events_are_kept_apart_with_a_reason(tmp_path: Path, raw: Any, reason: str) -> None:
    log = read_path(write(tmp_path / "a.json", RAW, raw))
    assert len(log.events) == 1
    [rejected] = log.rejected
    assert (rejected.file, rejected.record) == ("a.json", 2)
    assert reason in rejected.reason


def test_deep_events_are_refused() -> None:
    deep: Any = "x"
    for _ in range(DEPTH_MAX + 1):
        deep = [deep]
    with pytest.raises(EventError, match="levels"):
        parse_event({**RAW, "requestParameters": deep})


def test_broken_files_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" * 200_000)
    (tmp_path / "b.json.gz").write_bytes(b"no gzip")
    (tmp_path / "c.zip").write_bytes(b"no zip")
    (tmp_path / "d.json").write_bytes(b"\xff\xfe")
    (tmp_path / "e.json.gz").write_bytes(gzip.compress(json.dumps(RAW).encode())[:-9])
    write(tmp_path / "f.json", RAW)
    log = read_path(tmp_path)
    assert len(log.events) == 1
    assert {one.file for one in log.rejected} == {"a.json", "b.json.gz", "c.zip", "d.json", "e.json.gz"}


def test_a_file_that_unpacks_to_more_than_the_limit_is_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "FILE_BYTES_MAX", 1_000)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b" " * 100_000))
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.json", " " * 100_000)
        archive.writestr("c.json", json.dumps(RAW))
    log = read_path(tmp_path)
    assert len(log.events) == 1
    assert [one.reason for one in log.rejected] == ["it has more than 1,000 bytes"] * 2


@pytest.mark.parametrize(("limit", "most"), [("EVENTS_MAX", 2), ("FILES_MAX", 2), ("TOTAL_BYTES_MAX", 500)])
def test_more_than_the_limits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    for number in range(3):
        write(tmp_path / f"{number}.json", {**RAW, "eventID": str(number)})
    monkeypatch.setattr(sources, limit, most)
    with pytest.raises(SourceError, match="more than"):
        read_path(tmp_path)
