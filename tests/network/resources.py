"""A VPC in the world's own account, with a port open to the internet."""

from __future__ import annotations

from datetime import UTC, datetime

from accounts.models import AwsAccount
from posture.core.gap import Gap
from posture.core.resource import Resource
from posture.history.models import ResourceRecord
from tests.history.world import sweep
from tests.network.test_vpc_analysis import ACCOUNT, parts
from tests.web.world import World

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
TYPES = tuple({part.type for part in parts()})


def record(account: AwsAccount, resources: list[Resource], gaps: tuple[Gap, ...] = (), at: datetime = AT) -> None:
    """Record the resources as what the account answered at a time."""
    owned = [
        Resource(
            one.type,
            one.arn.replace(ACCOUNT, account.account_id),
            account.account_id,
            one.region,
            one.name,
            one.raw_config,
            one.raw_observed,
        )
        for one in resources
    ]
    sweep(account, at, owned, gaps, regions=("eu-central-1",), swept_types=TYPES, global_types=())


def a_vpc(world: World) -> int:
    """Record a VPC in the owner's account and return its resource id."""
    record(world.ours, parts())
    return ResourceRecord.objects.get(account=world.ours, type="AWS::EC2::VPC").resource_id
