"""Log lines: readable by people or machines, labelled, and without a secret in them."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posture.collectors import all_collectors
from posture.core import tracing
from posture.observing import logs
from posture.sweep import Engine, Role, Target, sweep_account
from tests import simulated
from tests.simulated import EXTERNAL_ID, KEY, REGION, Estate

SECRET = "canary/SecretOfTheMachineItself/40charsLong"
TYPES = ("AWS::EC2::VPC", "AWS::EC2::Volume", "AWS::S3::Bucket", "AWS::IAM::Role")


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What is written with the site's configuration; the level and the form come from the test's parameter."""
    kept = {name: logging.getLogger(name).level for name in ("", "django", *logs.TALKATIVE)}
    handlers = logging.getLogger().handlers[:]
    stream = io.StringIO()
    wanted = logs.configuration(*request.param)
    wanted["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(wanted)
    yield stream
    logging.getLogger().handlers[:] = handlers
    for name, level in kept.items():
        logging.getLogger(name).setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


json_at = pytest.mark.parametrize("written", [("INFO", "JSON")], indirect=True)
readable = pytest.mark.parametrize("written", [("INFO", "LINE")], indirect=True)


@json_at
def test_a_line_for_machines_is_one_object_with_its_labels(written: io.StringIO) -> None:
    log = logging.getLogger("posture.tests")
    with tracing.about(sweep="7", account="222222222222"):
        log.info("read %s", "line\none", extra={"gaps": 3})
        try:
            int("wrong")
        except ValueError:
            log.exception("it failed", extra={"account": "333333333333"})
    log.debug("not written")
    first, second = lines(written)
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


@readable
def test_a_line_for_people_ends_with_its_labels_and_cannot_be_forged(written: io.StringIO) -> None:
    log = logging.getLogger("posture.tests")
    with tracing.about(sweep="7", region="eu-west-1"):
        log.warning("AWS named it %s", "x\n2026-11-01 INFO posture: all is well")
    log.warning("no work")
    first, second = written.getvalue().splitlines()
    assert first.endswith(
        "WARNING posture.tests: AWS named it x\\n2026-11-01 INFO posture: all is well [sweep=7 region=eu-west-1]"
    )
    assert second.endswith("posture.tests: no work")


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with simulated.estate_in(tmp_path_factory.mktemp("simulator")) as built:
        yield built


def sweep(estate: Estate, external_id: str, **faults: list[str]) -> None:
    """Sweep a few types of one account as a worker does, with a secret that is known."""
    import boto3

    session = boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name=REGION)
    engine = Engine(session, endpoint_url=estate.url, threads=8)
    target = Target(estate.payments, Role(estate.role_arn(estate.payments), external_id), [REGION])
    for effect, actions in faults.items():
        estate.simulator.control.fault(effect, actions)
    chosen = {name: each for name, each in all_collectors().items() if name in TYPES}
    try:
        with tracing.about(sweep="7", account=estate.payments):
            sweep_account(engine, target, collectors=chosen)
    finally:
        estate.simulator.control.clear_faults()
        engine.pool.close()


@pytest.mark.simulator
@json_at
def test_a_read_that_fails_is_one_line_with_everything_that_finds_it_again(
    written: io.StringIO, estate: Estate
) -> None:
    sweep(estate, EXTERNAL_ID, deny=["ec2:DescribeVolumes"])
    (told,) = [line for line in lines(written) if line["logger"].startswith("posture.")]
    assert told["message"].startswith("no sight of AWS::EC2::Volume in eu-central-1: ec2:DescribeVolumes failed with ")
    found = {name: told[name] for name in ("sweep", "account", "region", "service", "operation")}
    assert found == {
        "sweep": "7",
        "account": estate.payments,
        "region": REGION,
        "service": "ec2",
        "operation": "describe_volumes",
    }
    assert told["call"]
    assert told["request_id"]


@pytest.mark.simulator
@pytest.mark.parametrize("written", [("DEBUG", "JSON"), ("DEBUG", "LINE")], indirect=True)
def test_no_line_carries_a_secret_even_at_the_talkative_level(
    written: io.StringIO, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = []
    assumed = Engine.enter

    def enter(*args: Any, **options: Any) -> Any:
        calls = assumed(*args, **options)
        tokens.append(calls.credentials.get_frozen_credentials())
        return calls

    monkeypatch.setattr(Engine, "enter", enter)
    sweep(estate, EXTERNAL_ID, deny=["ec2:DescribeVolumes", "s3:GetBucketPolicy"])
    wrong = "canary-external-id-that-is-refused"
    sweep(estate, wrong)
    said = written.getvalue()
    assert "ec2:DescribeVolumes" in said
    assert "sts:AssumeRole" in said, "the refused one is told"
    (keys,) = tokens
    for secret in (SECRET, EXTERNAL_ID, wrong, keys.secret_key, keys.token):
        assert secret
        assert secret not in said


def test_settings_wire_what_is_tested_here() -> None:
    settings = (Path(__file__).parent.parent.parent / "posture" / "settings.py").read_text(encoding="utf-8")
    assert "LOGGING = logs.configuration(LOG_LEVEL, LOG_FORMAT)" in settings
