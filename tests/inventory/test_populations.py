"""Populations are shown with their members, and members lead to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posture.collectors import all_collectors
from posture.core.check import EXAMPLE_NOW
from posture.core.resource import Resource
from posture.history import query
from posture.history.models import FindingRecord, ResourceRecord
from posture.history.scope import Scope
from posture.pages.coverage.queries import _workloads
from posture.pages.findings.corroboration import corroborating_findings
from posture.pages.inventory import queries, relations, search
from posture.pages.network.queries import analyses
from posture.pages.outposts.queries import INSTANCE, racks
from posture.sweep.ask import AccountAsk, Location
from posture.sweep.population_aggregation import fold
from tests.collectors.recorded import Recorded
from tests.history.world import day, sweep
from tests.outposts.outpost_world import ARN as OUTPOST_ARN
from tests.outposts.outpost_world import rack
from tests.web.world import World

pytestmark = pytest.mark.django_db

REGION = "eu-central-1"
IMDS = {True: {"HttpTokens": "required", "HttpEndpoint": "enabled"}, False: {"HttpTokens": "optional"}}
PUBLIC = {"IpOwnerId": "amazon", "PublicIp": "203.0.113.25"}
KINDS = {
    "instance": "AWS::EC2::Instance", "volume": "AWS::EC2::Volume", "network-interface": "AWS::EC2::NetworkInterface",
    "subnet": "AWS::EC2::Subnet", "vpc": "AWS::EC2::VPC", "route-table": "AWS::EC2::RouteTable",
    "network-acl": "AWS::EC2::NetworkAcl", "security-group": "AWS::EC2::SecurityGroup",
}  # fmt: skip


def made(world: World, kind: str, own_id: str, raw: dict[str, Any], **tags: str) -> Resource:
    location = Location(world.ours.account_id, REGION, "aws", EXAMPLE_NOW, b"key of tests")
    ask = AccountAsk(all_collectors()[KINDS[kind]], location, Recorded({}))
    return ask.resource(raw, arn=ask.arn("ec2", f"{kind}/{own_id}"), tags=tags)


def machine(world: World, number: int, **raw: Any) -> list[Resource]:
    """Return an instance of an Auto Scaling group with its volume and interface."""
    own, subnet = f"i-{number:08x}", f"subnet-{number % 2}"
    belongs = {"InstanceId": own, "DeleteOnTermination": True}
    card = {
        "NetworkInterfaceId": f"eni-{number:08x}", "VpcId": "vpc-1", "SubnetId": subnet, "Association": PUBLIC,
        "PrivateIpAddress": f"10.0.0.{number}", "Groups": [{"GroupId": "sg-1"}], "Attachment": belongs,
    }  # fmt: skip
    config = {
        "InstanceId": own, "VpcId": "vpc-1", "SubnetId": subnet, "MetadataOptions": IMDS[True],
        "InstanceType": "m7g.large", "LaunchTime": f"2026-05-{number:02}T08:00:00Z", "OutpostArn": OUTPOST_ARN,
        "PrivateIpAddress": f"10.0.0.{number}", "State": {"Name": "running"},
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": f"vol-{number:08x}"}}], **raw,
    }  # fmt: skip
    disk = {"VolumeId": f"vol-{number:08x}", "Encrypted": True, "Size": 8, "Attachments": [belongs]}
    return [
        made(world, "instance", own, config, **{"aws:autoscaling:groupName": "web-asg"}),
        made(world, "volume", f"vol-{number:08x}", disk),
        made(world, "network-interface", f"eni-{number:08x}", card),
    ]


def network(world: World) -> list[Resource]:
    """Return a VPC with two public subnets and a group that allows everybody."""
    routes = [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]
    entries = [{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": False, "CidrBlock": "0.0.0.0/0"}]
    subnets = [{"SubnetId": f"subnet-{number}"} for number in (0, 1)]
    web = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    inside = {"VpcId": "vpc-1"}
    return [
        made(world, "vpc", "vpc-1", inside),
        *(made(world, "subnet", one["SubnetId"], {**inside, **one}) for one in subnets),
        made(world, "route-table", "rtb-1", {**inside, "Routes": routes, "Associations": subnets}),
        made(world, "network-acl", "acl-1", {**inside, "Entries": entries, "Associations": subnets}),
        made(world, "security-group", "sg-1", {**inside, "GroupId": "sg-1", "IpPermissions": web}),
    ]


def record(world: World, found: Sequence[Resource], at: float = 0) -> None:
    kept, gaps = fold(found, (), all_collectors().values())
    types = tuple({each.type for each in found} | {"AWS::GuardDuty::Finding"})
    sweep(world.ours, day(at), kept, gaps, judged=False, regions=(REGION,), swept_types=types, global_types=())


@pytest.fixture
def scope(world: World) -> Scope:
    """Three machines of one group, one of which asks for no token."""
    bad = machine(world, 3, MetadataOptions=IMDS[False])
    record(world, [*network(world), *machine(world, 1), *machine(world, 2), *bad, rack(), _guardduty(world)])
    return Scope.of(world.executive, world.organization)


def _guardduty(world: World) -> Resource:
    arn = f"arn:aws:guardduty:{REGION}:{world.ours.account_id}:detector/d/finding/f"
    config = {"ResourceId": "i-00000003", "Type": "Recon:EC2/Portscan"}
    return Resource("AWS::GuardDuty::Finding", arn, "", REGION, "Port scan", config)


def group(kind: str) -> ResourceRecord:
    return ResourceRecord.objects.get(type=KINDS[kind], valid_to=None)


def imds() -> FindingRecord:
    return FindingRecord.objects.get(check_id="ec2_instance_imdsv2_required", closed_at=None)


def test_lists_and_counts_say_groups_and_members(scope: Scope, world: World, client: Client) -> None:
    lines = {line.type: line for line in queries.type_lines(scope)}
    line = lines[KINDS["instance"]]
    assert (line.count, line.populations, line.members) == (1, 1, 3)
    client.force_login(world.executive)
    assert "1 group of 3" in client.get(reverse("inventory:types")).content.decode()
    table = client.get(reverse("inventory:table"), {"type": KINDS["instance"]}).content.decode()
    assert "3 instances, 2 configurations" in table
    assert "m7g.large" in table
    assert _workloads(scope)[world.ours.pk, REGION] == 6, "three instances and their volumes"


def test_a_populations_page_names_its_members_and_what_is_wrong_with_them(
    scope: Scope, world: World, client: Client
) -> None:
    client.force_login(world.owner)
    page = client.get(reverse("inventory:resource", args=[group("instance").resource_id])).content.decode()

    assert ">Members</h2>" in page
    assert "Auto Scaling group" in page
    rows = page.split('aria-labelledby="members"')[1].split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert [row.split("</code>")[0].rsplit(">", 1)[1] for row in rows] == ["i-00000003", "i-00000002", "i-00000001"]
    assert ["session token" in row for row in rows] == [True, False, False]
    assert [row.count("<a ") for row in rows] == [1, 0, 0], "what all of them lack is said once"
    assert "2026-05-03" in rows[0]
    old = client.get(
        reverse("inventory:resource", args=[group("instance").resource_id]), {"as_of": day(0.5).isoformat()}
    )
    assert old.status_code == 200


def test_a_finding_names_the_members_and_how_to_mend_one(scope: Scope, world: World, client: Client) -> None:
    client.force_login(world.owner)
    page = client.get(reverse("findings:detail", args=[imds().finding_id])).content.decode()

    assert "1 of 3 members (i-00000003)" in page
    assert "Members" in page
    assert "--instance-id i-00000003" in page
    assert "launch template" in page
    record(world, [*network(world), *machine(world, 1)], at=1)
    past = client.get(reverse("findings:detail", args=[FindingRecord.objects.get(
        check_id="ec2_instance_imdsv2_required").finding_id])).content.decode()  # fmt: skip
    assert "when last seen" in past


def test_a_finding_on_many_members_names_fifty_and_says_so(world: World, client: Client) -> None:
    crowd = [one for number in range(1, 28) for one in machine(world, number, MetadataOptions=IMDS[False])[:1]]
    twins = [replace(one, arn=f"{one.arn}0", name=f"{one.name}0") for one in crowd]
    record(world, [*crowd, *twins])
    client.force_login(world.owner)
    page = client.get(reverse("inventory:resource", args=[group("instance").resource_id])).content.decode()

    assert imds().reason.startswith("All 54 members: ")
    assert len([path for path in imds().evidence if path.startswith("observed.Members")]) == 50
    assert "names at most 50" in page
    shown = page.split('aria-labelledby="members"')[1].split("</section>")[0]
    assert ">none<" not in shown, "four more fail, and are not said to be well"


def test_a_member_is_found_by_its_id_its_arn_and_its_address(scope: Scope, world: World) -> None:
    found = search.exact(scope, "i-00000002")
    assert found is not None
    assert found.resource_id == group("instance").resource_id
    arn = f"arn:aws:ec2:{REGION}:{world.ours.account_id}:volume/vol-00000001"
    assert getattr(search.exact(scope, arn), "name", None) == "web-asg"
    assert search.exact(Scope.of(world.stranger, world.organization), "i-00000002") is None
    assert {one.why for one in search.find(scope, "10.0.0.2").resources} == {
        "its member eni-00000002 has 10.0.0.2 as PrivateIpAddress",
        "its member i-00000002 has 10.0.0.2 as PrivateIpAddress",
    }


def test_populations_are_tied_to_each_other_and_to_what_their_members_name(scope: Scope, world: World) -> None:
    pointed = {(one.path, one.record.name) for one in relations.targets(scope, group("volume")) if one.record}
    assert pointed == {("Attachments.InstanceId", "web-asg")}
    named = [one.record for one in relations.targets(scope, group("instance")) if one.record]
    assert {one.type for one in named} >= {KINDS["volume"], KINDS["vpc"], KINDS["subnet"]}
    assert len({one.id for one in named}) == len(named), "each once"
    back = relations.pointing(scope, group("instance"))
    assert {words.words for words in back.groups} == {"1 EBS volume", "1 Network interface"}


def test_the_network_sees_each_member_in_its_subnet(scope: Scope, world: World, client: Client) -> None:
    vpc = ResourceRecord.objects.get(type=KINDS["vpc"], valid_to=None)
    picture = analyses(scope, [vpc])[vpc.resource_id]

    assert sorted((one.subnet.name, one.interfaces) for one in picture.subnets) == [("subnet-0", 1), ("subnet-1", 2)]
    assert {one.interface.name for one in picture.paths} == {f"eni-{number:08x}" for number in (1, 2, 3)}
    client.force_login(world.executive)
    page = client.get(reverse("network:vpc", args=[vpc.resource_id])).content.decode()
    link = reverse("inventory:resource", args=[group("network-interface").resource_id])
    assert page.count(f'href="{link}') == 4, "three in the table, and the picture's chip of the one alone in its subnet"


def test_an_outpost_counts_members(scope: Scope) -> None:
    (one,) = racks(scope)

    assert [record.name for record in one.of(INSTANCE)] == ["web-asg"]
    assert one.number_of(INSTANCE) == 3


def test_a_member_has_its_configuration_next_to_the_finding(scope: Scope) -> None:
    version = query.list_versions(scope, imds().resource_id)[0]

    assert [one.title for one in corroborating_findings(scope, imds(), None, version)] == ["Port scan"]
