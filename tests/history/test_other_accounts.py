"""Which other accounts of an organization have what a resource names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from accounts.models import AwsAccount
from posture.core.elsewhere import Elsewhere
from posture.core.gap import ANY, Gap, GapReason
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown
from posture.history.ingest.other_accounts import ADDRESS, BALANCER, BUCKET, DISTRIBUTION, INTERFACE, look_up
from tests.history import world
from tests.history.world import day

pytestmark = pytest.mark.django_db

REGION = "eu-central-1"
SHOP = "shop-1.eu-central-1.elb.amazonaws.com"


def resource(account: AwsAccount, kind: str, name: str, region: str = REGION, **rest: Any) -> Resource:
    return Resource(
        type=kind,
        arn=f"arn:aws:x:{region}:{account.account_id}:{kind}/{name}",
        account_id=account.account_id,
        region=region,
        name=name,
        raw_config=rest.get("config", {}),
        raw_observed=rest.get("observed", {}),
    )


def sweep(account: AwsAccount, *resources: Resource, gaps: Sequence[Gap] = ()) -> None:
    kinds = (BUCKET, BALANCER, DISTRIBUTION, ADDRESS, INTERFACE)
    world.sweep(account, day(1), resources, gaps, swept_types=kinds, global_types=(BUCKET, DISTRIBUTION))


def find(asking: AwsAccount, kind: str, *names: str, region: str = "") -> Elsewhere:
    return look_up(asking.organization_id, asking.account_id, kind, frozenset(names), region)


@pytest.fixture
def accounts() -> tuple[AwsAccount, AwsAccount]:
    organization = world.organization()
    return world.account(organization), world.account(organization)


def test_a_bucket_of_another_account_is_found_and_its_own_is_not(accounts: tuple[AwsAccount, AwsAccount]) -> None:
    asking, other = accounts
    sweep(asking, resource(asking, BUCKET, "own", GLOBAL))
    sweep(other, resource(other, BUCKET, "assets", GLOBAL))

    assert find(asking, BUCKET, "own", "assets", "nobodys") == Elsewhere({"assets": other.account_id}, True)


def test_what_has_no_name_of_its_own_is_found_by_its_address(accounts: tuple[AwsAccount, AwsAccount]) -> None:
    asking, other = accounts
    on_interface = {"PrivateIpAddresses": [{"Association": {"PublicIp": "203.0.113.26"}}]}
    sweep(
        other,
        resource(other, BALANCER, "shop", config={"DNSName": "Shop-1.eu-central-1.elb.amazonaws.com"}),
        resource(other, DISTRIBUTION, "cdn", GLOBAL, config={"DomainName": "d111111abcdef8.cloudfront.net"}),
        resource(other, ADDRESS, "eipalloc-1", config={"PublicIp": "203.0.113.25"}),
        resource(other, INTERFACE, "eni-1", observed=on_interface),
    )

    assert find(asking, BALANCER, SHOP, region=REGION).accounts == {SHOP: other.account_id}
    assert find(asking, BALANCER, SHOP, region="us-east-1") == Elsewhere({}, True)
    assert find(asking, DISTRIBUTION, "d111111abcdef8.cloudfront.net").accounts
    assert find(asking, ADDRESS, "203.0.113.25", "203.0.113.26", "203.0.113.27") == Elsewhere(
        dict.fromkeys(("203.0.113.25", "203.0.113.26"), other.account_id), True
    )


def test_an_account_that_was_never_swept_may_have_it(accounts: tuple[AwsAccount, AwsAccount]) -> None:
    asking, other = accounts

    assert find(asking, BUCKET, "assets") == Elsewhere({}, False)
    other.state = AwsAccount.State.CLOSED
    other.save()
    assert find(asking, BUCKET, "assets") == Elsewhere({}, True), "a closed account has nothing left"


@pytest.mark.parametrize(
    ("hole", "complete"),
    [
        (world.gap(BUCKET), False),
        (world.gap(ANY), False),
        (world.gap(BALANCER), True),
        (world.gap(BUCKET, reason=GapReason.SERVICE_NOT_ENABLED), True),
    ],
)
def test_a_listing_that_could_not_be_read_may_have_it(
    hole: Gap, accounts: tuple[AwsAccount, AwsAccount], *, complete: bool
) -> None:
    asking, other = accounts
    sweep(other, resource(other, BUCKET, "seen", GLOBAL), gaps=[hole])

    assert find(asking, BUCKET, "assets") == Elsewhere({}, complete)
    assert find(asking, BUCKET, "seen") == Elsewhere({"seen": other.account_id}, True), "what is found is certain"


def test_a_region_that_is_closed_hides_nothing_in_others(accounts: tuple[AwsAccount, AwsAccount]) -> None:
    asking, other = accounts
    sweep(other, gaps=[world.gap(BALANCER, "us-east-1")])

    assert find(asking, BALANCER, SHOP, region=REGION).is_complete
    assert not find(asking, BALANCER, SHOP).is_complete
    assert not find(asking, BALANCER, "x.us-east-1.elb.amazonaws.com", region="us-east-1").is_complete


def test_a_field_that_could_not_be_read_may_have_it(accounts: tuple[AwsAccount, AwsAccount]) -> None:
    asking, other = accounts
    unread = Unknown("ec2:DescribeNetworkInterfaces", "AccessDenied", GapReason.DENIED)
    sweep(other, resource(other, INTERFACE, "eni-1", observed={"Association": unread}))

    assert not find(asking, ADDRESS, "203.0.113.25").is_complete


def test_other_organizations_and_accounts_that_left_have_nothing_of_ours(
    accounts: tuple[AwsAccount, AwsAccount],
) -> None:
    asking, gone = accounts
    sweep(gone, resource(gone, BUCKET, "assets", GLOBAL))
    gone.left_at = day(2)
    gone.save()
    stranger = world.account(world.organization())
    sweep(stranger, resource(stranger, BUCKET, "assets", GLOBAL))

    assert find(asking, BUCKET, "assets") == Elsewhere({}, True)
