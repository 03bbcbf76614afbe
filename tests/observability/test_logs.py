"""Log lines for people or machines, with labels.

What a sweep writes is tested with the sweeps.
"""

from __future__ import annotations

import logging
from pathlib import Path

from posture.core import tracing
from tests.observability.written import lines, written


def test_a_line_for_machines_is_one_object_with_its_labels() -> None:
    log = logging.getLogger("posture.tests")
    with written("INFO", "JSON") as stream, tracing.about(sweep="7", account="222222222222"):
        log.info("read %s", "line\none", extra={"gaps": 3})
        try:
            int("wrong")
        except ValueError:
            log.exception("it failed", extra={"account": "333333333333"})
        log.debug("not written")
    first, second = lines(stream)
    assert first.pop("time")
    assert first == {
        "level": "INFO",
        "logger": "posture.tests",
        "message": "read line\none",
        "gaps": 3,
        "sweep": "7",
        "account": "222222222222",
    }
    assert second["account"] == "333333333333", "what the line says itself goes first"
    assert "ValueError: invalid literal" in second["exception"]


def test_a_line_for_people_ends_with_its_labels_and_cannot_be_forged() -> None:
    log = logging.getLogger("posture.tests")
    with written("INFO", "LINE") as stream:
        with tracing.about(sweep="7", region="eu-west-1"):
            log.warning("AWS named it %s", "x\n2026-11-01 INFO posture: all is well")
        log.warning("no work")
    first, second = stream.getvalue().splitlines()
    assert first.endswith(
        "WARNING posture.tests: AWS named it x\\n2026-11-01 INFO posture: all is well [sweep=7 region=eu-west-1]"
    )
    assert second.endswith("posture.tests: no work")


def refuse(words: str) -> None:
    raise PermissionError(words)


def test_what_aws_says_neither_steers_a_terminal_nor_forges_a_traceback() -> None:
    log = logging.getLogger("posture.tests")
    with written("INFO", "LINE") as stream:
        log.warning("named \x1b[2J\x9b1m\u202eevil", extra={"request_id": "1\nforged\x1b]0;"})
        try:
            refuse("no\n2026-11-01 INFO posture: all is well\r\x1b[31m")
        except PermissionError:
            log.exception("it failed")
    output = stream.getvalue()
    assert not set("\x1b\x9b\r\u202e") & set(output)
    assert r"named \x1b[2J\x9b1m\u202eevil [request_id=1\nforged\x1b]0;]" in output
    assert "\n  | 2026-11-01 INFO posture: all is well" in output
    assert not any(line.startswith("2026-11-01") for line in output.splitlines())


def test_settings_wire_what_is_tested_here() -> None:
    settings = (Path(__file__).parent.parent.parent / "posture" / "settings.py").read_text(encoding="utf-8")
    assert "LOGGING = logs.configuration(LOG_LEVEL, LOG_FORMAT)" in settings
