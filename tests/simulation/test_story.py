"""The story, applied from its data.

Each planted event is seen on the week it is declared for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devtools.simulator.apply import StoryError, applied_until, apply_hour, apply_until, hours_passed
from devtools.simulator.declared import RENEWED, Declared, Hour, Name, WrongDataError
from devtools.simulator.simulator import Simulator, client_at
from tests.simulation.conftest import base_credentials, role_arn
from tests.simulator import Simulators

pytestmark = [pytest.mark.simulator, pytest.mark.slow]

NOW = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def storyteller(simulators: Simulators) -> Iterator[Simulator]:
    with simulators.seeded() as simulator:
        yield simulator


def permitted(
    simulator: Simulator, declared: Declared, service: str, account: str, region: str = "eu-central-1"
) -> Any:
    sts = client_at(simulator.url, "sts", credentials=base_credentials(declared))
    credentials = sts.assume_role(
        RoleArn=role_arn(declared, account),
        RoleSessionName="plumbline",
        ExternalId=declared.organization["external_id"],
    )["Credentials"]
    return client_at(simulator.url, service, region, credentials=credentials)


def why_refused(ask: Callable[[], Any]) -> str:
    try:
        ask()
    except ClientError as error:
        return str(error)
    return ""


def letters_are_public(simulator: Simulator) -> bool:
    s3 = simulator.client("s3", "204815161044", "eu-central-1")
    return bool(s3.get_bucket_policy_status(Bucket="af-clinic-records-prod-letters-export")["PolicyStatus"]["IsPublic"])


def ports_open_to_the_world(simulator: Simulator, account: str, region: str, group: str) -> set[int]:
    ec2 = simulator.client("ec2", account, region)
    rules = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [group]}])["SecurityGroups"][0]
    return {
        permission["FromPort"]
        for permission in rules["IpPermissions"]
        for block in permission["IpRanges"]
        if block["CidrIp"] == "0.0.0.0/0"
    }


def members_of(simulator: Simulator, account: str, group: str) -> set[str]:
    ec2 = simulator.client("ec2", account, "eu-central-1")
    mine = [
        {"Name": "tag:aws:autoscaling:groupName", "Values": [group]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    found = [one for each in ec2.describe_instances(Filters=mine)["Reservations"] for one in each["Instances"]]
    cards = [card["Attachment"] for one in found for card in one["NetworkInterfaces"]]
    assert len(cards) == len(found)
    return {one["InstanceId"] for one in found}


def test_the_story_is_seen_week_by_week(storyteller: Simulator, declared_organization: Declared) -> None:
    sim, declared = storyteller, declared_organization
    seen: dict[str, list[int]] = {key: [] for key in ("letters", "ssh", "guardduty off", "blind", "snapshot", "trail")}
    hub_says: list[int] = []
    auditor = permitted(sim, declared, "ec2", "data-lake-prod")
    crowd: set[str] = set()
    for week in range(declared.last_week + 1):
        apply_until(sim.control, declared, week, NOW)
        if letters_are_public(sim):
            seen["letters"].append(week)
        members = members_of(sim, "204815161011", "shop-web")
        assert len(members) == 4
        assert crowd.isdisjoint(members), "a group's members are others every week"
        crowd |= members
        if ports_open_to_the_world(sim, "204815161044", "eu-central-1", "jump-host"):
            seen["ssh"].append(week)
        if not sim.client("guardduty", "204815161011", "us-east-1").list_detectors()["DetectorIds"]:
            seen["guardduty off"].append(week)
        lake = sim.client("ec2", "204815162033", "eu-central-1")
        snapshot = lake.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"]
        shared = lake.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
        if {"Group": "all"} in shared["CreateVolumePermissions"]:
            seen["snapshot"].append(week)
        trail = sim.client("cloudtrail", "204815161022", "eu-west-1").get_trail(Name="payments-trail")["Trail"]
        if not trail["LogFileValidationEnabled"]:
            seen["trail"].append(week)
        if "service control policy" in why_refused(auditor.describe_vpcs):
            seen["blind"].append(week)
        hub = sim.client("securityhub", "204815161044", "eu-central-1")
        failed = {"ComplianceStatus": [{"Value": "FAILED", "Comparison": "EQUALS"}]}
        controls = {f["Compliance"]["SecurityControlId"] for f in hub.get_findings(Filters=failed)["Findings"]}
        if "EC2.13" in controls:
            hub_says.append(week)
    assert seen == {
        "letters": [2, 3, 4],
        "ssh": [4, 5, 6, 7],
        "guardduty off": [3, 4, 5, 6, 7, 8],
        "blind": [8, 9, 10],
        "snapshot": [9],
        "trail": [9, 10],
    }
    assert hub_says == seen["ssh"]


def test_accounts_come_and_go(storyteller: Simulator, declared_organization: Declared) -> None:
    apply_until(storyteller.control, declared_organization, declared_organization.last_week, NOW)
    org = storyteller.client("organizations", "204815160101")
    accounts = {a["Name"]: a for p in org.get_paginator("list_accounts").paginate() for a in p["Accounts"]}
    assert accounts["telemedicine-prod"]["State"] == "ACTIVE"
    assert accounts["loyalty-legacy"]["State"] == "SUSPENDED"
    with pytest.raises(ClientError, match="AccessDenied"):
        permitted(storyteller, declared_organization, "ec2", "loyalty-legacy")
    assert permitted(storyteller, declared_organization, "ec2", "telemedicine-prod").describe_vpcs()["Vpcs"]


def test_the_outpost_is_in_place_with_what_runs_on_it(storyteller: Simulator, declared_organization: Declared) -> None:
    apply_until(storyteller.control, declared_organization, declared_organization.last_week, NOW)
    account = "204815161055"
    outposts = storyteller.client("outposts", account, "eu-central-1")
    outpost = outposts.list_outposts()["Outposts"][0]
    assert outposts.get_outpost(OutpostId=outpost["OutpostId"])["Outpost"]["LifeCycleStatus"] == "ACTIVE"
    site = outposts.list_sites()["Sites"][0]
    assert outposts.get_site(SiteId=site["SiteId"])["Site"]["OperatingAddressCity"] == "Hamburg"
    address = outposts.get_site_address(SiteId=site["SiteId"], AddressType="OPERATING_ADDRESS")
    assert address["Address"]["CountryCode"] == "DE"
    assert len(outposts.list_assets(OutpostIdentifier=outpost["OutpostId"])["Assets"]) == 2
    running = outposts.list_asset_instances(OutpostIdentifier=outpost["OutpostId"])["AssetInstances"]
    assert len(running) == 3
    assert outposts.get_outpost_instance_types(OutpostId=outpost["OutpostId"])["InstanceTypes"]
    assert outposts.list_tags_for_resource(ResourceArn=outpost["OutpostArn"])["Tags"]["owner"] == "Olga Petrova"
    ec2 = storyteller.client("ec2", account, "eu-central-1")
    arn = outpost["OutpostArn"]
    on_it = [s for s in ec2.describe_subnets()["Subnets"] if s.get("OutpostArn") == arn]
    assert [s["CidrBlock"] for s in on_it] == ["10.36.240.0/24"]
    volumes = [v for v in ec2.describe_volumes()["Volumes"] if v.get("OutpostArn") == arn]
    assert sorted(v["Encrypted"] for v in volumes) == [False, True, True]
    gateway = ec2.describe_local_gateways()["LocalGateways"][0]
    assert gateway["OutpostArn"] == arn
    table = ec2.describe_local_gateway_route_tables(
        Filters=[{"Name": "local-gateway-id", "Values": [gateway["LocalGatewayId"]]}]
    )["LocalGatewayRouteTables"][0]["LocalGatewayRouteTableId"]
    routes = ec2.search_local_gateway_routes(
        LocalGatewayRouteTableId=table, Filters=[{"Name": "type", "Values": ["static"]}]
    )["Routes"]
    assert [r["DestinationCidrBlock"] for r in routes] == ["0.0.0.0/0"]


def test_production_and_development_are_peered_at_the_end(
    storyteller: Simulator, declared_organization: Declared
) -> None:
    apply_until(storyteller.control, declared_organization, declared_organization.last_week, NOW)
    for account in ("204815161011", "204815162011"):
        peerings = storyteller.client("ec2", account, "eu-central-1").describe_vpc_peering_connections()
        peering = peerings["VpcPeeringConnections"][0]
        owners = {peering["RequesterVpcInfo"]["OwnerId"], peering["AccepterVpcInfo"]["OwnerId"]}
        assert owners == {"204815161011", "204815162011"}


def test_the_hours_after_the_story_come_round(storyteller: Simulator, declared_organization: Declared) -> None:
    declared = declared_organization
    apply_until(storyteller.control, declared, declared.last_week, NOW)
    open_ports = []
    for hour in range(1, len(declared.hours) + 1):
        assert declared.plan_of_hour(hour) != declared.plan_of_hour(hour - 1)
        apply_hour(storyteller.control, declared, hour, NOW + dt.timedelta(hours=hour))
        open_ports.append(ports_open_to_the_world(storyteller, "204815161044", "eu-central-1", "jump-host"))
    assert open_ports == [{22}] + [set()] * (len(declared.hours) - 1)
    assert hours_passed(storyteller.control) == len(declared.hours)
    assert applied_until(storyteller.control, declared) == declared.last_week


def test_the_last_hour_leaves_what_the_first_found(declared_organization: Declared) -> None:
    hours = declared_organization.hours
    longer = replace(declared_organization, hours=[*hours, Hour("Never reached", [])])
    assert longer.plan_of_hour(len(hours)) == declared_organization.plan(declared_organization.last_week)
    assert declared_organization.title_of_hour(len(hours) + 1) == hours[0].title


def test_a_week_is_applied_once(storyteller: Simulator, declared_organization: Declared) -> None:
    apply_until(storyteller.control, declared_organization, declared_organization.last_week, NOW)
    s3 = storyteller.client("s3", "204815161011")
    before = s3.list_buckets()["Buckets"]
    assert apply_until(storyteller.control, declared_organization, declared_organization.last_week, NOW) == []
    assert s3.list_buckets()["Buckets"] == before


def test_a_half_applied_week_is_applied_again(
    simulators: Simulators, small_organization: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    with simulators.empty() as simulator:
        apply_until(simulator.control, small_organization, 0, NOW)
        secrets = simulator.client("secretsmanager", "204815160202", "eu-central-1")
        before = {s["ARN"] for s in secrets.list_secrets()["SecretList"]}
        with monkeypatch.context() as broken:
            broken.setattr("devtools.simulator.apply.publish_findings", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                apply_until(simulator.control, small_organization, 1, NOW)
        assert apply_until(simulator.control, small_organization, 1, NOW) == [0, 1]
        after = {s["ARN"] for s in secrets.list_secrets()["SecretList"]}
        assert before < after
        assert len(after) == len(before) + 1


def test_things_are_dated_by_the_story(storyteller: Simulator, declared_organization: Declared) -> None:
    apply_until(storyteller.control, declared_organization, declared_organization.last_week, NOW)
    shop = storyteller.client("secretsmanager", "204815161022", "eu-west-1")
    created = {s["Name"]: s["CreatedDate"] for s in shop.list_secrets()["SecretList"]}
    ages = {name: (dt.datetime.now(dt.UTC) - date).days for name, date in created.items()}
    assert 6 <= ages["payments/wallet-partner"] <= 8
    assert ages["payments/ledger-db"] >= 13 * 7 + 199


def test_other_data_are_not_mixed_in(storyteller: Simulator, declared_organization: Declared) -> None:
    from dataclasses import replace

    with pytest.raises(StoryError, match="reset"):
        applied_until(storyteller.control, replace(declared_organization, digest="another"))


def test_state_survives_a_restart(storyteller: Simulator, declared_organization: Declared) -> None:
    applied = applied_until(storyteller.control, declared_organization)
    groups = storyteller.client("ec2", "204815161011", "eu-central-1").describe_security_groups()["SecurityGroups"]
    storyteller.control.fault("deny", ["kms:ListKeys"], accounts=["204815160606"], id="kept")
    tags = storyteller.client("resourcegroupstaggingapi", "204815161011", "eu-central-1")
    assert tags.get_resources(ResourcesPerPage=1)["PaginationToken"]
    assert storyteller.client("ssm", "204815161011", "eu-central-1").describe_parameters()["Parameters"] == []
    storyteller.control.save()
    storyteller.stop()
    storyteller.start()
    assert applied_until(storyteller.control, declared_organization) == applied
    ec2 = storyteller.client("ec2", "204815161011", "eu-central-1")
    assert ec2.describe_security_groups()["SecurityGroups"] == groups
    assert "kept" in {fault["id"] for fault in storyteller.control.ask("GET", "faults")}
    storyteller.client("s3", "204815161011").create_bucket(Bucket="written-after-restart")


def test_the_data_are_rich_enough(declared_organization: Declared) -> None:
    plan = declared_organization.plan(0)
    assert len([a for a in declared_organization.accounts if a.joins == 0]) >= 14
    for account in declared_organization.accounts:
        if account.environment == "production" and account.ou.startswith("Workloads/") and account.joins == 0:
            things = [n for n in plan if n.account == account.id]
            assert len(things) >= 25, account.name
    assert {a.environment for a in declared_organization.accounts} == {"production", "development", "sandbox"}
    improvements = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
    assert {w.week for w in declared_organization.weeks} == {0, *improvements}


def test_a_change_that_meets_nothing_is_an_error(declared_organization: Declared) -> None:
    from dataclasses import replace

    from devtools.simulator.declared import Week

    stray = Week(
        1, "Stray", [{"kind": "bucket", "account": "webshop-prod", "name": "no-such", "set": {"public": True}}]
    )
    with pytest.raises(WrongDataError, match="no-such"):
        replace(declared_organization, weeks=[stray]).plan(1)


def test_a_plan_changes_only_what_the_story_changes(declared_organization: Declared) -> None:
    before, after = declared_organization.plan(1), declared_organization.plan(2)
    changed = {n for n in after if before.get(n) != after[n]}
    renewed = {n for n in after if n.kind in RENEWED}
    assert renewed <= changed
    assert changed - renewed == {
        Name("bucket", "204815161044", "eu-central-1", "af-clinic-records-prod-letters-export"),
        Name("iam", "204815161055", "global", "iam"),
    }
