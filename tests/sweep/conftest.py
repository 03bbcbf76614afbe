"""A fake AWS, and an engine that asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3
import pytest

from posture.core.collector import Ask, Collector, Family, ListingScope, collector
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.sweep import Engine, SweepRole, Target, calls, sweep_account
from tests.sweep.fake_aws import FakeAws

ACCOUNT = "111122223333"


@pytest.fixture
def aws() -> Iterator[FakeAws]:
    aws = FakeAws()
    aws.url = aws.start()
    yield aws
    aws.stop()


@pytest.fixture
def engine(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(calls, "LONGEST_BACKOFF", 0.01)
    session = boto3.Session(aws_access_key_id="AKIA999999999999", aws_secret_access_key="s", region_name="us-east-1")
    engine = Engine(session, endpoint_url=aws.url, threads=8)
    yield engine
    engine.pool.close()


def role_in(account_id: str) -> SweepRole:
    return SweepRole(f"arn:aws:iam::{account_id}:role/audit", "external")


def secrets_of(ask: Ask) -> Iterator[Resource]:
    """Secrets, each with its details."""

    def detail(raw: dict[str, str]) -> Resource:
        policy = ask.field("secretsmanager", "get_resource_policy", "ResourcePolicy", SecretId=raw["ARN"])
        return ask.resource({**raw, "Policy": policy}, arn=raw["ARN"])

    yield from ask.each(detail, list(ask.pages("secretsmanager", "list_secrets", "SecretList")))


def declared(gather: Callable[[Ask], Iterator[Resource]], kind: str = "Secret", **rest: object) -> Collector:
    named = {"title": kind, "plural": kind, "service": "x", "family": Family.OTHER}
    options = {**named, "actions": ("secretsmanager:ListSecrets",), **rest}
    return collector(resource_type=f"AWS::Test::{kind}", **options)(gather)  # type: ignore[arg-type]


SECRETS = declared(secrets_of)
GLOBAL_SECRETS = declared(secrets_of, "GlobalSecret", scope=ListingScope.GLOBAL)


@pytest.fixture
def swept(engine: Engine) -> Callable[..., AccountResult]:
    """Sweep the account with the collectors given."""

    def sweep(*collectors: Collector, **options: object) -> AccountResult:
        target = options.pop("target", Target(ACCOUNT, role_in(ACCOUNT)))
        chosen = {one.resource_type: one for one in collectors or (SECRETS,)}
        return sweep_account(engine, target, collectors=chosen, **options)  # type: ignore[arg-type]

    return sweep
