"""The list of services that RCPs cover is read from AWS's page."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from devtools.local.rcp_services import as_toml, listed
from posture.core.iam.rcp import FILE

LINE = "+ [Service](https://docs.aws.amazon.com/x) `(prefix:{})`\n"
PAGE = "".join(map(LINE.format, ("sts", "s3", "kms", "sqs", "secretsmanager", "cost-optimization-hub")))


def test_the_services_of_a_page_are_written_with_their_day() -> None:
    assert listed(PAGE) == ["cost-optimization-hub", "kms", "s3", "secretsmanager", "sqs", "sts"]
    written = tomllib.loads(as_toml(listed(PAGE), date(2026, 9, 26)))
    assert written == {"as_of": date(2026, 9, 26), "covered": listed(PAGE)}


def test_another_page_is_refused() -> None:
    with pytest.raises(ValueError, match="does not list"):
        listed(LINE.format("s3"))


def test_the_file_is_as_the_command_writes_it() -> None:
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    assert FILE.read_text(encoding="utf-8") == as_toml(found["covered"], found["as_of"])
