"""Members of a group are one resource, unchanged while equal ones replace them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from posture.checks import judge
from posture.collectors import all_collectors
from posture.collectors.ec2_instance import instances
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, EXAMPLE_REGION, denied
from posture.core.clock import Clock
from posture.core.gap import Gap, GapReason
from posture.core.outcome import Outcome, Status
from posture.core.population import MEMBERS, configurations, members, merged
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.sweep import normalizer
from posture.sweep.ask import AccountAsk, Location
from posture.sweep.population_aggregation import fold
from tests.collectors.recorded import Recorded

INSTANCE, VOLUME, INTERFACE = "AWS::EC2::Instance", "AWS::EC2::Volume", "AWS::EC2::NetworkInterface"
POPULATION_ARN = f"arn:aws:ec2:{EXAMPLE_REGION}:{EXAMPLE_ACCOUNT}:instance/asg/web"
PUBLIC = {"IpOwnerId": "amazon", "PublicIp": "203.0.113.9"}


def made(kind: str, own_id: str, raw: dict[str, Any], tags: Any = None) -> Resource:
    """Return what the type's collector makes of an answer."""
    location = Location(EXAMPLE_ACCOUNT, EXAMPLE_REGION, "aws", EXAMPLE_NOW, b"key of tests")
    ask = AccountAsk(all_collectors()[kind], location, Recorded({}))
    name = {INSTANCE: "instance", VOLUME: "volume", INTERFACE: "network-interface"}[kind]
    return ask.resource(raw, arn=ask.arn("ec2", f"{name}/{own_id}"), tags=tags)


def instance(own_id: str, group: str = "web", tags: dict[str, str] | None = None, **raw: Any) -> Resource:
    """Return a member of an Auto Scaling group, with its interface and volume."""
    own = {
        "InstanceId": own_id,
        "InstanceType": "m7g.large",
        "ImageId": "ami-1",
        "SubnetId": f"subnet-{own_id}",
        "PrivateIpAddress": f"10.0.0.{len(own_id)}",
        "LaunchTime": f"2026-05-{ord(own_id[-1]) % 28 + 1:02}T08:00:00Z",
        "State": {"Code": 16, "Name": "running"},
        "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required"},
        "NetworkInterfaces": [{"NetworkInterfaceId": f"eni-{own_id}", "Groups": [{"GroupId": "sg-1"}]}],
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": f"vol-{own_id}"}}],
        **raw,
    }
    return made(INSTANCE, own_id, own, {"aws:autoscaling:groupName": group, "Name": own_id, **(tags or {})})


def volume(instance_id: str, *, goes_along: bool = True, **raw: Any) -> Resource:
    attachment = {"InstanceId": instance_id, "Device": "/dev/xvda", "DeleteOnTermination": goes_along}
    config = {"VolumeId": f"vol-{instance_id}", "Size": 20, "Encrypted": True, "Attachments": [attachment], **raw}
    return made(VOLUME, f"vol-{instance_id}", config)


def folded(*found: Resource, gaps: Sequence[Gap] = ()) -> list[Resource]:
    return fold(found, gaps, all_collectors().values())[0]


def outcome_of(resources: Sequence[Resource], check_id: str) -> Outcome:
    """Return what one check says of the one resource that it judges."""
    (found,) = [each.outcome for each in judge(resources, (), Clock(EXAMPLE_NOW)) if each.check_id == check_id]
    return found


def test_members_that_are_replaced_by_equal_ones_leave_the_population_as_it_was() -> None:
    (before,), (after,) = folded(instance("i-a"), instance("i-b")), folded(instance("i-c"), instance("i-d"))

    assert (before.arn, before.name, before.region) == (POPULATION_ARN, "web", EXAMPLE_REGION)
    assert before.hash == after.hash
    assert before.raw_config["Population"] == "asg/web"
    assert "Configurations" not in before.raw_config
    assert before.raw_tags == {"aws:autoscaling:groupName": "web"}
    assert [each["Name"] for each in after.raw_observed["Members"]] == ["i-d", "i-c"]
    assert before.raw_observed["Count"] == 2


def test_a_new_template_shows_as_what_differs() -> None:
    old, new = (instance(each, ImageId=image) for each, image in (("i-a", "ami-1"), ("i-b", "ami-2")))

    (one,), (both,), (then,) = folded(old), folded(old, new), folded(new)

    assert (one.raw_config["ImageId"], then.raw_config["ImageId"]) == ("ami-1", "ami-2")
    assert both.raw_config["Configurations"] == [{"ImageId": "ami-1"}, {"ImageId": "ami-2"}]
    assert [each["ImageId"] for each in configurations(both.raw_config)] == ["ami-1", "ami-2"]
    assert both.raw_observed["Counts"] == [1, 1]


def test_a_failing_member_fails_the_population_and_is_named() -> None:
    open_door = {"HttpEndpoint": "enabled", "HttpTokens": "optional"}
    found = folded(*(instance(f"i-{each}") for each in "abc"), instance("i-bad", MetadataOptions=open_door))

    outcome = outcome_of(found, "ec2_instance_imdsv2_required")

    assert outcome.status is Status.FAIL
    assert outcome.reason.startswith("1 of 4 members (i-bad): The metadata service answers without a token")
    at = next(i for i, each in enumerate(found[0].raw_observed["Members"]) if each["Name"] == "i-bad")
    where = next(i for i, each in enumerate(configurations(found[0].raw_config))
                 if each["MetadataOptions"]["HttpTokens"] == "optional")  # fmt: skip
    assert outcome.evidence == (
        f"Configurations[{where}].MetadataOptions.HttpTokens", f"observed.Members[{at}].Arn",
    )  # fmt: skip
    assert outcome_of(folded(instance("i-a")), "ec2_instance_imdsv2_required").evidence == (
        "MetadataOptions.HttpTokens",
    )


def test_a_public_member_fails_and_what_is_observed_of_each_is_judged() -> None:
    card = [{"NetworkInterfaceId": "eni-1", "Association": PUBLIC}]
    found = folded(instance("i-a"), instance("i-b", NetworkInterfaces=card, LaunchTime="2024-01-01T00:00:00Z"))

    assert "(i-b)" in outcome_of(found, "ec2_instance_no_public_address").reason
    old = outcome_of(found, "ec2_instance_started_lately")
    assert old.status is Status.FAIL
    assert "observed.Members[1].Own.LaunchTime" in old.evidence


def test_what_is_true_of_one_member_is_given_as_an_example() -> None:
    card = [{"NetworkInterfaceId": "eni-1", "Association": PUBLIC}]
    public = folded(*(instance(f"i-{each}", NetworkInterfaces=card, PublicIpAddress=f"203.0.113.{each}")
                      for each in (10, 20)))  # fmt: skip
    alike = folded(*(instance(f"i-{each}", MetadataOptions={"HttpTokens": "optional"}) for each in "ab"))

    assert outcome_of(public, "ec2_instance_no_public_address").reason.startswith("All 2 members; for example: ")
    assert outcome_of(alike, "ec2_instance_imdsv2_required").reason.startswith("All 2 members: ")


def test_a_refused_field_is_unknown_and_shown_next_to_a_failure() -> None:
    refused = instance("i-b", MetadataOptions=denied("ec2:DescribeInstances"))
    bad = instance("i-c", MetadataOptions={"HttpEndpoint": "enabled", "HttpTokens": "optional"})

    assert outcome_of(folded(instance("i-a"), refused), "ec2_instance_imdsv2_required").status is Status.UNKNOWN
    worst = outcome_of(folded(instance("i-a"), refused, bad), "ec2_instance_imdsv2_required")
    assert worst.status is Status.FAIL
    assert worst.reason.endswith("Unknown for 1.")


def test_groups_are_found_by_the_tags_that_aws_sets() -> None:
    node = instance("i-a", tags={"eks:cluster-name": "shop", "eks:nodegroup-name": "workers"})
    spot = made(INSTANCE, "i-b", {"InstanceId": "i-b", "InstanceLifecycle": "spot", "SpotInstanceRequestId": "sir-1"})
    own = made(INSTANCE, "i-c", {"InstanceId": "i-c"}, {"Name": "pet"})
    elsewhere = replace(instance("i-d"), region="us-east-1")

    found = {each.arn.partition(":instance/")[2] for each in folded(node, spot, own, instance("i-e"), elsewhere)}

    assert found == {"eks/shop/workers", "spot/sir-1", "i-c", "asg/web"}
    assert len(folded(instance("i-e"), elsewhere)) == 2


def test_volumes_and_interfaces_go_with_the_group_of_their_instance() -> None:
    kept = volume("i-b", goes_along=False)
    card = {"NetworkInterfaceId": "eni-1", "Attachment": {"InstanceId": "i-a", "DeleteOnTermination": True}}
    found = folded(kept, volume("i-a"), made(INTERFACE, "eni-1", card), instance("i-a"), instance("i-b"))

    assert {each.arn.rpartition(":")[2] for each in found} == {
        "instance/asg/web", "volume/asg/web", "network-interface/asg/web", "volume/vol-i-b",
    }  # fmt: skip
    assert outcome_of(
        [each for each in found if each.arn.endswith("volume/asg/web")], "ec2_volume_attached"
    ).status is (Status.PASS)


def test_where_instances_could_not_be_listed_a_gap_says_so_and_nothing_is_lost() -> None:
    throttled = Gap(EXAMPLE_ACCOUNT, EXAMPLE_REGION, INSTANCE, "ec2:DescribeInstances", GapReason.THROTTLED, "Slow")

    found, gaps = fold([volume("i-a"), volume("i-b")], [throttled], all_collectors().values())

    assert [each.name for each in found] == ["vol-i-a", "vol-i-b"]
    assert [(each.resource_type, each.region, each.reason) for each in gaps] == [
        (VOLUME, EXAMPLE_REGION, GapReason.THROTTLED)
    ]


def test_who_looks_around_meets_the_members() -> None:
    found = folded(instance("i-a"), instance("i-b"))

    assert {each.name for each in Neighbourhood(found, ()).here(INSTANCE, EXAMPLE_REGION)} == {"i-a", "i-b"}


def test_what_is_kept_of_a_member_gives_it_back_whole() -> None:
    card = [{"NetworkInterfaceId": "eni-2", "Groups": [{"GroupId": "sg-2"}]},
            {"NetworkInterfaceId": "eni-1", "Groups": [{"GroupId": "sg-1"}], "Association": PUBLIC}]  # fmt: skip
    (seen,) = folded(instance("i-a", NetworkInterfaces=card), instance("i-b", ImageId="ami-2"))

    back = {each.name: each for each in members(replace(seen, members=()))}

    for whole in seen.members:
        again = back[whole.name]
        assert (again.arn, again.raw_tags, again.population) == (whole.arn, whole.raw_tags, seen.arn)
        everything = merged(whole.raw_config, whole.raw_observed)
        rules = normalizer.rules_of(instances)
        assert normalizer.split(again.raw_config, rules, str) == normalizer.split(
            {"Population": "asg/web", **everything}, rules, str
        )


def test_some_hundred_members_are_named_the_newest_and_one_of_each_configuration() -> None:
    crowd = [instance(f"i-{number}", LaunchTime=f"2026-05-01T{number // 60:02}:{number % 60:02}:00Z")
             for number in range(1, 2 * MEMBERS)]  # fmt: skip
    oldest = instance("i-0", LaunchTime="2026-01-01T00:00:00Z", InstanceType="m3.large")

    (found,) = folded(*crowd, oldest)

    named = [each["Name"] for each in found.raw_observed["Members"]]
    assert len(named) == MEMBERS
    assert named[0] == f"i-{2 * MEMBERS - 1}"
    assert named[-1] == "i-0"
    assert found.raw_observed["Count"] == len(found.members) == 2 * MEMBERS
    assert sum(found.raw_observed["Counts"]) == 2 * MEMBERS


def test_unknown_tags_leave_a_resource_on_its_own_next_to_a_gap() -> None:
    lost = replace(instance("i-a"), raw_tags=Unknown("ec2:DescribeTags", "AccessDenied", GapReason.DENIED))

    found, gaps = fold([lost], (), all_collectors().values())

    assert [each.name for each in found] == ["i-a"]
    assert [each.action for each in gaps] == ["ec2:DescribeTags"]


@given(st.lists(st.sampled_from(["ami-1", "ami-2", "ami-3"]), min_size=1, max_size=8), st.randoms())
def test_the_order_of_the_listing_and_who_the_members_are_mean_nothing(images: list[str], random: Any) -> None:
    first = [instance(f"i-{number}", ImageId=image) for number, image in enumerate(images)]
    others = [instance(f"i-{number + 90}", ImageId=image) for number, image in enumerate(images * 2)]
    random.shuffle(others)

    assert folded(*first)[0].hash == folded(*others)[0].hash
