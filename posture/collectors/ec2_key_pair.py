"""Key pairs by which people log in to instances."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::KeyPair",
    title="Key pair",
    plural="Key pairs",
    service="ec2",
    family=Family.IDENTITY,
    cadence=Cadence.DAILY,
    actions=("ec2:DescribeKeyPairs",),
    columns=(
        Column("KeyName", "Key pair"),
        Column("KeyType", "Type"),
        Column("KeyFingerprint", "Fingerprint"),
        Column("CreateTime", "Created"),
    ),
)
def key_pairs(ask: Ask) -> Iterator[Resource]:
    """Whoever has the private half of a pair can log in to the instances that were launched with it.

    AWS has the public half alone, so nobody knows how many copies of the other there are.
    """
    for raw in ask.pages("ec2", "describe_key_pairs", "KeyPairs"):
        yield ask.resource(
            raw, arn=ask.arn("ec2", f"key-pair/{raw['KeyPairId']}"), name=raw["KeyName"], tags=raw.get("Tags")
        )
