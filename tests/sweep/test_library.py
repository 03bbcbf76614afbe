"""The engine is a library: it needs a boto3 session, no Django and no database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from posture.core.gap import ANY
from posture.sweep import sweep

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
import boto3
from posture.collectors import all_collectors
from posture.sweep import sweep
chosen = {kind: all_collectors()[kind] for kind in ("AWS::EC2::VPC", "AWS::EC2::SecurityGroup")}
result = sweep(boto3.Session(), role_arn="arn:aws:iam::111122223333:role/audit", regions=["eu-central-1"],
               endpoint_url=sys.argv[1], collectors=chosen)
assert result.account_id == "111122223333"
assert result.resources, result.gaps
assert result.judgements
loaded = {name.split(".")[0] for name in sys.modules}
assert not loaded & {"django", "psycopg", "rq", "accounts"}, loaded & {"django", "psycopg", "rq", "accounts"}
print(len(result.resources), "resources")
"""


def test_it_sweeps_without_django(moto_server: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "s",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, moto_server],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "resources" in done.stdout


def test_the_sessions_own_account_is_swept_where_no_role_is_given(moto_server: str) -> None:
    session = boto3.Session(aws_access_key_id="AKIA", aws_secret_access_key="s", region_name="eu-central-1")

    result = sweep(session, regions=["eu-central-1"], endpoint_url=moto_server, collectors={})

    assert result.account_id == "123456789012"
    assert result.regions == ["eu-central-1"]


def test_no_credentials_is_a_gap_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    result = sweep(boto3.Session(), role_arn="arn:aws:iam::111122223333:role/audit", collectors={})

    (gap,) = result.gaps
    assert (gap.region, gap.resource_type, gap.error) == (ANY, ANY, "NoCredentials")
    assert "AWS_ACCESS_KEY_ID" in gap.remedy
