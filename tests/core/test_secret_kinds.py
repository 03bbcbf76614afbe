"""Secrets are recognized by their looks, in bounded time; other values are not."""

from __future__ import annotations

import base64
import gzip
import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.core import secret_kinds
from posture.core.secret_kinds import RANDOM, secret_kind

KINDS = {kind for kind, _ in secret_kinds._PATTERNS} | {
    RANDOM,
    "a URL with a password",
    "a text with a password",
    "a text with a key",
}
SCRIPT = "#!/bin/bash\nexport DB_PASSWORD=hunter2\n"
SECRETS = {
    # Put together here, so that no scanner takes this file for a leak.
    "AKIA" + "IOSFODNN7EXAMPLE": "an AWS access key ID",
    "key=ASIA" + "IOSFODNN7EXAMPLE;": "an AWS access key ID",
    "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY": RANDOM,
    "ghp_" + "a1B2" * 9: "a GitHub token",
    "github_pat_" + "A1b2C3d4" * 8: "a GitHub token",
    "glpat-" + "x1Y2z3" * 4: "a GitLab token",
    "xoxb-" + "123456789012-abcdefABCDEF": "a Slack token",
    "sk_live_" + "a1B2" * 6: "a Stripe key",
    "AIza" + "a" * 35: "a Google key",
    "SG." + "a1B2" * 5 + "." + "a1B2" * 10: "a SendGrid key",
    "sk-ant-" + "a1B2" * 10: "an API key of an AI service",
    "npm_" + "a1B2" * 9: "a package registry's token",
    "hvs." + "a1B2" * 6: "a Vault token",
    "-----BEGIN RSA PRIVATE KEY-----\nMII": "a private key",
    "-----BEGIN OPENSSH PRIVATE KEY-----": "a private key",
    "-----BEGIN PRIVATE KEY-----": "a private key",
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV": "a JSON Web Token",
    "https://hooks.slack.com/services/T00000000/B00000000/X": "a webhook's address",
    "postgres://orders:hunter2@db:5432/orders": "a URL with a password",
    "https://user:p%40ss@host.example/x": "a URL with a password",
    "redis://:S3cretPw@cache:6379/0": "a URL with a password",
    "Server=db;User Id=sa;Password=Secret1;": "a text with a password",
    '{"host": "db", "password": "hunter2x"}': "a text with a password",
    "--password=hunter22": "a text with a password",
    SCRIPT: "a text with a password",
    base64.b64encode(SCRIPT.encode()).decode(): "a text with a password",
    base64.b64encode(gzip.compress(SCRIPT.encode())).decode(): "a text with a password",
    "DefaultEndpointsProtocol=https;AccountKey=" + "aB3/" * 20: "a text with a key",
}
ORDINARY = r"""
arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/db-AbCdEf
{{resolve:secretsmanager:prod/db:SecretString:password}}
/prod/db/password
https://api.example.com/v1/orders?page=2
https://sqs.eu-central-1.amazonaws.com/111122223333/Orders-Queue-1A2B3C4D5E6F
550e8400-e29b-41d4-a716-446655440000
356a192b7913b04c54574d18c28d46e6395428ab
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
ip-10-0-0-1.eu-central-1.compute.internal
mydb.c9akciq32rgz.eu-central-1.rds.amazonaws.com
true
111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop/app:1.2.3-rc.4
com.example.orders.OrderEventHandlerV2Factory
HandlerForOrderProcessing2Queue3Consumer
MyStack-OrdersFunction-1A2B3C4D5E6F
shop-bucketf68f3ff0-1p2q3r4s5t6u
subnet-0a1b2c3d4e5f67890,subnet-0a1b2c3d4e5f67891
eu-central-1_AbCdEf123
cron(0 12 * * ? *)
2026-06-01T12:00:00.000Z
-Xmx512m -Djava.security.egd=file:/dev/./urandom
/opt/app/lib/python3.11/site-packages
{"level":"info","format":"json"}
ewogICJsZXZlbCI6ICJpbmZvIiwgImZvcm1hdCI6ICJqc29uIgp9
postgresql://db.example.com:5432/orders
postgresql://orders@db.example.com:5432/orders
postgres://orders:${DB_PASSWORD}@db:5432/orders
amqps://b-1234abcd-12ab-34cd-56ef-1234567890ab.mq.eu-central-1.amazonaws.com:5671
export DB_PASSWORD=$(aws ssm get-parameter --name /prod/db)
export DB_PASSWORD=${PASS}
password: "{{ vault_password }}"
password = os.environ["DB_PASSWORD"]
--password-file=/run/secrets/db
PASSWORD_MIN_LENGTH=14
--api-key=$KEY
s3://my-bucket/Path/To/Thing2024/File01.tar.gz
projects/my-project/locations/europe-west1/keyRings/r/cryptoKeys/K
-----BEGIN PUBLIC KEY-----
-----BEGIN CERTIFICATE-----
password=true
password=********
Europe/Berlin
""".strip().splitlines()
HOSTILE = {
    "one letter": "a" * 10**6,
    "half tokens": "-eyJaaaaaaaa." * 10**5,
    "half URLs": "://a:b" * 10**5,
    "passwords without value": "password" * 10**5,
    "passwords of passwords": "password=" * 10**5,
    "spaces": "password" + " " * 10**6,
    "keys of keys": "api_key:a" * 10**5,
    "key headers": "-----BEGIN " * 10**5,
    "a zip bomb": base64.b64encode(gzip.compress(b"a" * 10**8)).decode(),
}


@pytest.mark.parametrize(("text", "kind"), SECRETS.items(), ids=range(len(SECRETS)))
def test_secrets_are_recognized(text: str, kind: str) -> None:
    assert secret_kind(text) == kind


@pytest.mark.parametrize(
    "text", [*ORDINARY, "users:\n  - lock_passwd: false\nchpasswd:\n  expire: true\n", "passwd: files sss"]
)
def test_ordinary_values_are_no_secrets(text: str) -> None:
    assert secret_kind(text) is None


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_take_no_longer_than_they_may(text: str) -> None:
    started = time.process_time()
    secret_kind(text)

    assert time.process_time() - started < 3


def test_most_random_values_are_recognized() -> None:
    # Not a secret: the same texts in each run.
    chance = random.Random(7)  # noqa: S311
    letters = string.ascii_letters + string.digits
    texts = ["".join(chance.choices(letters, k=32)) for _ in range(500)]

    assert sum(secret_kind(text) == RANDOM for text in texts) > 470


@given(st.text())
def test_nothing_but_the_name_of_a_kind_comes_out(text: str) -> None:
    assert secret_kind(text) in KINDS | {None}
