"""Opaque ids are replaced by the type and region of a resource."""

from __future__ import annotations

import pytest

from posture.web.resource_names import readable_name

DETECTOR = "2ab1d0e5c1f84c6a9d3b7e6f5a4c3b2d"
KEY = "3f2a91c0-7d41-4f0e-9b1a-5c6d7e8f9a0b"


@pytest.mark.parametrize(
    ("name", "resource_type", "region", "words"),
    [
        (DETECTOR, "AWS::GuardDuty::Detector", "eu-west-1", "GuardDuty detector in eu-west-1"),
        (KEY, "AWS::KMS::Key", "eu-west-1", "KMS key 3f2a91c0 in eu-west-1"),
        (DETECTOR, "AWS::Unknown::Type", "global", "AWS::Unknown::Type"),
        ("vol-0a1b2c3d4e5f60718", "AWS::EC2::Volume", "eu-west-1", "vol-0a1b2c3d4e5f60718"),
        ("orders", "AWS::S3::Bucket", "eu-west-1", "orders"),
        ("", "AWS::S3::Bucket", "eu-west-1", "arn:aws:s3:::orders"),
    ],
)
def test_an_opaque_id_is_replaced(name: str, resource_type: str, region: str, words: str) -> None:
    assert readable_name(name, "arn:aws:s3:::orders", resource_type, region) == words
