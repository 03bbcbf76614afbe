"""The words of a problem inside a sentence."""

from __future__ import annotations

import pytest

from posture.pages.dashboard.headline import _continued


@pytest.mark.parametrize(
    ("words", "inside"),
    [
        ("Root user has access keys", "root user has access keys"),
        ("EBS volume is not encrypted", "EBS volume is not encrypted"),
        ("Systems Manager document is public", "Systems Manager document is public"),
        ("Lambda function is public", "Lambda function is public"),
        ("S3 bucket is public", "S3 bucket is public"),
        ("Web ACL has no rules", "web ACL has no rules"),
    ],
)
def test_names_of_aws_keep_their_capital(words: str, inside: str) -> None:
    assert _continued(words) == inside
