"""The account-wide S3 Block Public Access: one per account, even if never set."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::S3::AccountPublicAccessBlock",
    title="S3 account public access block",
    plural="S3 account public access blocks",
    service="s3control",
    family=Family.STORAGE,
    scope=ListingScope.GLOBAL,
    actions=("s3:GetAccountPublicAccessBlock",),
    columns=(
        Column("PublicAccessBlockConfiguration.BlockPublicAcls", "Block public ACLs"),
        Column("PublicAccessBlockConfiguration.IgnorePublicAcls", "Ignore public ACLs"),
        Column("PublicAccessBlockConfiguration.BlockPublicPolicy", "Block public policies"),
        Column("PublicAccessBlockConfiguration.RestrictPublicBuckets", "Restrict public buckets"),
    ),
)
def account_public_access_block(ask: Ask) -> Iterator[Resource]:
    """One setting that keeps every bucket of the account private, today's and tomorrow's.

    What an organization's S3 policy enforces is already in the answer.
    """
    block = ask.field(
        "s3control",
        "get_public_access_block",
        "PublicAccessBlockConfiguration",
        absent=("NoSuchPublicAccessBlockConfiguration",),
        AccountId=ask.account_id,
    )
    yield ask.resource(
        {"PublicAccessBlockConfiguration": block},
        arn=ask.arn("s3", "account-public-access-block", region=""),
        name="Account public access block",
    )
