"""What is made quicker than in botocore says the same: signatures, and times read out of answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from posture.sweep.clients import Clients, asking_as
from posture.sweep.service_models import moment
from posture.sweep.signing import QuickSigV4Auth
from tests.sweep.fake_aws import FakeAws, error

NOW = datetime(2026, 3, 1, 12, 30, 45, tzinfo=UTC)
TEXT = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=12)
NAMES = ("Content-Type", "X-Amz-Target", "x-amz-target", "Host", "User-Agent", "Connection", "Date", "Authorization")
HOSTS = ("https://ec2.us-east-1.amazonaws.com", "https://EC2.eu-west-1.amazonaws.com:443", "https://[::1]:8443")
PATHS = ("", "/", "/a b/../c", "/functions/arn%3Aaws%3Alambda/policy?b=2&a=1&a=0", "?x=://y/")
CONTEXTS: tuple[dict[str, Any], ...] = (
    {},
    {"payload_signing_enabled": False},
    {"checksum": {"request_algorithm": {"in": "trailer"}}},
)
TIMES = st.floats(0, 4e9).map(lambda at: datetime.fromtimestamp(at, UTC).replace(tzinfo=None))
REQUESTS = st.fixed_dictionaries(
    {
        "url": st.builds(str.__add__, st.sampled_from([*HOSTS, "http://127.0.0.1:5000"]), st.sampled_from(PATHS)),
        "data": st.one_of(st.binary(max_size=40), st.none(), st.dictionaries(st.sampled_from("ab"), TEXT, max_size=2)),
        "params": st.dictionaries(TEXT, TEXT, max_size=2),
    }
)


def signed(signer: Callable[..., auth.SigV4Auth], keys: ReadOnlyCredentials, request: AWSRequest) -> list[Any]:
    """Return all headers after the request was signed twice, as one that is sent again is."""
    with patch.object(auth, "get_current_datetime", lambda: NOW):
        for _ in range(2):
            signer(keys, "ec2", "us-east-1").add_auth(request)
    return sorted(request.headers.items())


@given(
    REQUESTS,
    st.lists(st.tuples(st.sampled_from(NAMES), TEXT), max_size=5),
    st.sampled_from(CONTEXTS),
    st.sampled_from([None, "token"]),
)
def test_signatures_are_botocores(
    made: dict[str, Any], headers: list[tuple[str, str]], context: dict[str, Any], token: str | None
) -> None:
    keys = ReadOnlyCredentials("AKIDEXAMPLE", "secret", token)

    def request() -> AWSRequest:
        fresh = AWSRequest("POST", **made)
        fresh.context.update(context)
        for name, value in headers:
            fresh.headers.add_header(name, value)
        return fresh

    expected = signed(auth.SigV4Auth, keys, request())

    assert signed(QuickSigV4Auth, keys, request()) == expected
    assert any(name == "Authorization" and "Signature=" in value for name, value in expected)


def test_clients_sign_by_it(aws: FakeAws) -> None:
    aws.on["secretsmanager:ListSecrets"] = {}
    client = Clients(endpoint_url=aws.url).of("secretsmanager", "eu-central-1")

    quick = patch.object(QuickSigV4Auth, "add_auth", autospec=True, side_effect=QuickSigV4Auth.add_auth)
    with quick as used, asking_as(Credentials("ASIA1111222233330001", "s", "t"), "eu-central-1"):
        client.list_secrets()

    assert used.call_count == len(aws.calls) == 1


def test_what_failed_is_asked_once_by_botocore(aws: FakeAws) -> None:
    """How often a call is sent again is decided and counted in one place, for each account by itself."""
    aws.on["secretsmanager:ListSecrets"] = error("InternalFailure", status=500)
    client = Clients(endpoint_url=aws.url).of("secretsmanager", "eu-central-1")

    with asking_as(Credentials("ASIA1111222233330001", "s", "t"), "eu-central-1"), pytest.raises(ClientError):
        client.list_secrets()

    assert len(aws.calls) == 1


@given(
    st.one_of(
        st.builds(lambda at, zone: at.isoformat() + zone, TIMES, st.sampled_from(["Z", "+05:30", "+00:00", ""])),
        st.floats(0, 4e9),
        st.integers(0, 4_000_000_000).map(str),
        st.sampled_from(["20260301T120000Z", "2026-03-01", "Sun, 01 Mar 2026 12:30:45 GMT", "2026-03-01T12:30"]),
    )
)
def test_times_are_botocores(told: Any) -> None:
    read, expected = moment(told), parse_timestamp(told)

    assert read == expected
    assert read.utcoffset() == expected.utcoffset()
