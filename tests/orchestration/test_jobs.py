"""Jobs take ids, write down what came of them, and may come twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.core.cache import cache

from accounts.models import ConnectionTest, Organization
from posture import jobs
from posture.core.arn import Arn
from posture.orchestration import identity
from posture.sweep.connection import Connection
from tests.conftest import ROOT
from tests.simulated import ACCOUNTS, EXTERNAL_ID, KEY, REGION, ROLE_NAME, Estate

pytestmark = [pytest.mark.simulator, pytest.mark.slow]


def try_connection(organization: Organization) -> ConnectionTest:
    test = ConnectionTest.objects.create(organization=organization)
    jobs.test_connection(test.pk)
    test.refresh_from_db()
    return test


def test_a_connection_test_is_written_down_step_by_step(organization: Organization, estate: Estate) -> None:
    test = try_connection(organization)

    assert test.succeeded
    assert test.ended_at
    assert {"name", "ok", "detail", "remedy"} <= set(test.steps[0])
    organization.refresh_from_db()
    assert organization.organization_id == estate.organization_id


def test_a_connection_test_that_fails_says_where(organization: Organization, estate: Estate) -> None:
    organization.external_id = "wrong-external-id"
    organization.save()

    test = try_connection(organization)

    assert test.succeeded is False
    assert test.steps[-1]["name"] == "Role"
    assert "wrong-external-id" not in json.dumps(test.steps)


def test_a_connection_test_that_breaks_is_ended_all_the_same(
    organization: Organization, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Connection, "walk", broken)
    test = ConnectionTest.objects.create(organization=organization)

    with pytest.raises(ZeroDivisionError):
        jobs.test_connection(test.pk)

    test.refresh_from_db()
    assert (test.succeeded, bool(test.ended_at)) == (False, True)


def test_the_workers_identity_is_given_to_the_page_that_asks(organization: Organization, estate: Estate) -> None:
    from accounts.onboarding.views import CALLER_KEY

    jobs.identify_caller()

    assert cache.get(CALLER_KEY) == {"principal": estate.caller}


def test_a_session_is_named_by_its_role() -> None:
    def own(service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        assert (service, operation, params) == ("iam", "get_role", {"RoleName": "worker"})
        return {"Role": {"Arn": "arn:aws:iam::111122223333:role/some/path/worker"}}

    def blind(service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, operation)

    session = Arn.parse("arn:aws:sts::111122223333:assumed-role/worker/i-0123")

    assert identity.principal(own, session, "us-east-1") == "arn:aws:iam::111122223333:role/some/path/worker"
    assert identity.principal(blind, session, "us-east-1") == "arn:aws:iam::111122223333:role/worker"


@pytest.mark.parametrize("program", [["manage.py", "sweep"], ["-m", "posture.sweep"]])
def test_the_command_prints_json_lines_and_needs_no_database(
    program: list[str], estate: Estate, child_environment: dict[str, str]
) -> None:
    environment = {
        **child_environment,
        "DATABASE_URL": "postgres://nobody@nowhere.invalid/none",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": "s",
    }
    arguments = ["--role-arn", f"arn:aws:iam::{ACCOUNTS['payments']}:role/{ROLE_NAME}", "--external-id", EXTERNAL_ID]
    arguments += ["--regions", REGION, "--types", "AWS::S3::Bucket", "--endpoint-url", estate.url, "--jsonl"]

    done = subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["name"] for line in lines if line["kind"] == "resource"] == [f"data-of-{ACCOUNTS['payments']}"]
    assert {line["status"] for line in lines if line["kind"] == "outcome"} & {"pass", "fail"}
    assert lines[-1]["kind"] == "sweep"
    assert EXTERNAL_ID not in done.stdout + done.stderr


@pytest.mark.parametrize("program", [["manage.py", "sweep"], ["-m", "posture.sweep"]])
def test_the_command_ends_quietly_where_its_reader_has_closed_the_pipe(
    program: list[str], estate: Estate, child_environment: dict[str, str]
) -> None:
    arguments = ["--role-arn", f"arn:aws:iam::{ACCOUNTS['payments']}:role/{ROLE_NAME}", "--external-id", EXTERNAL_ID]
    arguments += ["--regions", REGION, "--types", "AWS::S3::Bucket", "--endpoint-url", estate.url, "--jsonl"]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, *program, *arguments],
            cwd=ROOT,
            env={**child_environment, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": "s"},
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(writer)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_the_command_says_what_is_wrong_with_its_options(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    from posture.sweep.command import main

    assert main(["--types", "AWS::No::Such"]) == 2
    assert "No collector knows AWS::No::Such" in capsys.readouterr().err
    assert main(["--role-arn", "nonsense"]) == 2
    assert "write --role-arn as" in capsys.readouterr().err
    assert main(["--role-arn", f"arn:aws:iam::{ACCOUNTS['roleless']}:role/x", "--endpoint-url", estate.url]) == 1
    assert "trust policy" in capsys.readouterr().err
