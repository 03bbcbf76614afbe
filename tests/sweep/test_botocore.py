"""Parsed times and retries are those of botocore."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from posture.sweep.clients import Clients, asking_as
from posture.sweep.service_models import moment
from tests.sweep.fake_aws import FakeAws, error

TIMES = st.floats(0, 4e9).map(lambda at: datetime.fromtimestamp(at, UTC).replace(tzinfo=None))


def test_what_failed_is_asked_once_by_botocore(aws: FakeAws) -> None:
    """Retries are decided and counted in one place, for each account by itself."""
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
def test_times_are_botocores(text: Any) -> None:
    read, expected = moment(text), parse_timestamp(text)

    assert read == expected
    assert read.utcoffset() == expected.utcoffset()
