"""Remedies: AWS-supplied names cannot break out of a command line."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from posture.checks import all_checks
from posture.pages.findings.remedy import PLACEHOLDER, console_url, filled

VALUES = {"name": "a", "arn": "arn:aws:s3:::a", "id": "a", "region": "eu-central-1", "account": "111122223333"}
HOSTILE = [
    "a b",
    "$(id)",
    "`id`",
    "'; id; '",
    '"; id; "',
    "a\\",
    "\\$(id)",
    "*",
    "-x",
    "a\nb",
    "!",
    "&& id #",
    "'\"'\"$x",
]


def test_harmless_names_stay_readable() -> None:
    assert filled("aws s3api delete-bucket --bucket {name}", VALUES) == "aws s3api delete-bucket --bucket a"


@pytest.mark.parametrize("template", ["{name}", "'{name}'", '"{name}"', "'it is '{name}", '"x-{name}"', r"a\'{name}"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_shell_takes_a_hostile_name_for_one_word(template: str, name: str) -> None:
    assert words_of(filled(template, {**VALUES, "name": name})) == [
        word.replace("MARK", name) for word in words_of(filled(template, {**VALUES, "name": "MARK"}))
    ]


def words_of(line: str) -> list[str]:
    """Return the words that a real shell makes of a line."""
    said = subprocess.run(["/bin/sh", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True, timeout=10)
    return said.stdout.decode().split("\0")[:-1]


def test_within_json_a_name_is_escaped_for_json_too() -> None:
    line = filled('aws x --tags \'[{"Key":"{name}"}]\'', {**VALUES, "name": "a\"b'c"})
    assert shlex.split(line)[-1] == '[{"Key":"a\\"b\'c"}]'


def test_every_command_of_every_check_is_one_that_a_shell_can_read() -> None:
    for check in all_checks().values():
        line = filled(check.remediation.cli, VALUES)
        assert not PLACEHOLDER.search(line), check.id
        if line and "<" not in line:
            shlex.split(line, comments=True)


def test_the_console_of_each_partition() -> None:
    assert console_url("arn:aws:s3:::a") == "https://console.aws.amazon.com/go/view?arn=arn%3Aaws%3As3%3A%3A%3Aa"
    assert console_url("arn:aws-cn:s3:::a").startswith("https://console.amazonaws.cn/")
    assert console_url("arn:aws-iso:s3:::a") == ""
    assert console_url("no arn") == ""
