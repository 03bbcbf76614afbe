"""Judge EC2 instances: metadata service, address, role and network access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import Resource
from posture.core.values import first_known

INSTANCE = "AWS::EC2::Instance"
UNSEEN = denied("ec2:DescribeInstances")
PRIVATE = {"NetworkInterfaceId": "eni-1", "PrivateIpAddress": "10.0.0.4"}
PUBLIC = {**PRIVATE, "Association": {"IpOwnerId": "amazon"}}
SECOND_PUBLIC = {**PRIVATE, "PrivateIpAddresses": [{"Primary": True}, {"Association": {"IpOwnerId": "111122223333"}}]}
CUSTOMER_OWNED = {**PRIVATE, "Association": {"CustomerOwnedIp": "192.168.10.4", "IpOwnerId": "111122223333"}}


@check(
    resource_type=INSTANCE,
    title="Instance metadata needs a session token (IMDSv2)",
    problem="Instance metadata answers without a session token (IMDSv1)",
    severity=Severity.HIGH,
    controls=("practices:legacy", "practices:iam", "cis_aws_7:6.7", "aws_fsbp:EC2.8"),
    aliases=("prowler:ec2_instance_imdsv2_enabled", "securityhub:EC2.8"),
    remediation=Remediation(
        console="EC2 → Instances → the instance → Actions → Instance settings → Modify instance metadata options → "
        "IMDSv2: Required. CloudWatch's MetadataNoToken shows first whether anything still asks without a token.",
        cli="aws ec2 modify-instance-metadata-options --region {region} --instance-id {id} --http-tokens required "
        "--http-endpoint enabled",
        terraform='resource "aws_instance" "this" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}',
    ),
    examples=(
        passes({"MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required"}}),
        passes({"MetadataOptions": {"HttpEndpoint": "disabled", "HttpTokens": "optional"}}, "the service is off"),
        fails({"MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "optional"}}),
        is_unknown({"MetadataOptions": UNSEEN}),
        is_unknown({}, "AWS does not say"),
    ),
)
def ec2_instance_imdsv2_required(instance: Resource) -> Outcome:
    """The metadata service hands out the keys of the instance's role to whoever asks from the machine.

    With IMDSv1 a single request does, and a web application that can be tricked into fetching an address makes
    it for an attacker: that is how Capital One lost a hundred million records. IMDSv2 wants a token first, which
    such tricks cannot get.
    """
    options = instance.config.get("MetadataOptions")
    if not options:
        return unknown("AWS does not say how the metadata service of this instance is set.")
    if options.get("HttpEndpoint") == "disabled":
        return passed("The metadata service is off.", "MetadataOptions.HttpEndpoint")
    if options.get("HttpTokens") == "required":
        return passed("The metadata service wants a token.", "MetadataOptions.HttpTokens")
    return failed("The metadata service answers without a token (IMDSv1).", "MetadataOptions.HttpTokens")


@check(
    resource_type=INSTANCE,
    title="Instance has no public address",
    problem="Instance has a public address",
    severity=Severity.HIGH,
    controls=("practices:vpc", "aws_fsbp:EC2.9"),
    aliases=("prowler:ec2_instance_public_ip", "securityhub:EC2.9"),
    version=3,
    # In an Auto Scaling group, secondary addresses are what its members differ by.
    reads_observed=True,
    remediation=Remediation(
        console="Put a load balancer, or Session Manager, in front. An Elastic IP can be disassociated at once; an "
        "address that was given at start goes by EC2 → Network interfaces → Manage IP addresses → Auto-assign off.",
        cli="aws ec2 modify-network-interface-attribute --region {region} --network-interface-id YOUR-INTERFACE "
        "--no-associate-public-ip-address",
        terraform='resource "aws_instance" "this" {\n  associate_public_ip_address = false\n}',
    ),
    examples=(
        passes({"NetworkInterfaces": [PRIVATE]}),
        passes({"NetworkInterfaces": [CUSTOMER_OWNED]}, "an address of the customer's own network, on an Outpost"),
        fails({"NetworkInterfaces": [PUBLIC]}, observed={"PublicIpAddress": "203.0.113.25"}),
        fails({"NetworkInterfaces": [SECOND_PUBLIC]}, "an Elastic IP on a secondary private address"),
        is_unknown({"NetworkInterfaces": UNSEEN}),
    ),
)
def ec2_instance_no_public_address(instance: Resource) -> Outcome:
    """A host with a public address is one security group rule away from being attacked, day and night.

    What serves the public belongs behind a load balancer, which takes the blows; what serves nobody outside
    needs no address there. This looks at IPv4: an IPv6 address is public only where the routes make it so.
    """
    for path, association in _associations(instance):
        if association and not association.get("CustomerOwnedIp"):
            shown = first_known(lambda: instance.observed.get("PublicIpAddress"), lambda: "")
            named = f"the public address {shown}" if shown else "a public address"
            return failed(f"The instance has {named}.", path)
    return passed("No interface of the instance has a public IPv4 address.", "NetworkInterfaces")


def _associations(instance: Resource) -> Iterator[tuple[str, Mapping[str, str] | None]]:
    """Yield the associations of an instance's interfaces and addresses, with paths."""
    for index, interface in enumerate(instance.config.items_of("NetworkInterfaces")):
        path = f"NetworkInterfaces[{index}]"
        yield f"{path}.Association", interface.get("Association")
        for number, address in enumerate(interface.items_of("PrivateIpAddresses")):
            yield f"{path}.PrivateIpAddresses[{number}].Association", address.get("Association")


@check(
    resource_type=INSTANCE,
    title="Instance has a role of its own",
    problem="Instance has no role",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "cis_aws_7:2.16"),
    aliases=("prowler:ec2_instance_profile_attached",),
    remediation=Remediation(
        console="EC2 → Instances → the instance → Actions → Security → Modify IAM role; then remove the access keys "
        "from the machine.",
        cli="aws ec2 associate-iam-instance-profile --region {region} --instance-id {id} "
        "--iam-instance-profile Name=YOUR-PROFILE",
    ),
    examples=(
        passes({"IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/web"}}),
        fails({}),
        is_unknown({"IamInstanceProfile": UNSEEN}),
    ),
)
def ec2_instance_profile_attached(instance: Resource) -> Outcome:
    """Without a role, software that calls AWS needs access keys on the disk, which never expire and get copied.

    A role gives keys that change every few hours and exist only on this machine. Session Manager and the
    CloudWatch agent need one as well.
    """
    profile = instance.config.get("IamInstanceProfile")
    if profile:
        return passed(f"It uses {str(profile.get('Arn')).rsplit('/', 1)[-1]}.", "IamInstanceProfile.Arn")
    return failed("The instance has no instance profile.", "IamInstanceProfile")


@check(
    resource_type=INSTANCE,
    title="Instance has one network interface",
    problem="Instance has several network interfaces",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:EC2.17"),
    aliases=("prowler:ec2_instance_uses_single_eni", "securityhub:EC2.17"),
    remediation=Remediation(
        console="EC2 → Network interfaces → the second one → Actions → Detach. Appliances, Kubernetes nodes and EFA "
        "hosts need several: record the exception.",
        cli="aws ec2 detach-network-interface --region {region} --attachment-id YOUR-ATTACHMENT",
    ),
    examples=(
        passes({"NetworkInterfaces": [PRIVATE]}),
        fails({"NetworkInterfaces": [PRIVATE, {"NetworkInterfaceId": "eni-2"}]}),
        is_unknown({"NetworkInterfaces": UNSEEN}),
    ),
)
def ec2_instance_single_interface(instance: Resource) -> Outcome:
    """A host in two subnets can carry traffic around the rules that keep them apart.

    It also gives it two sets of security groups, of which somebody will forget one.
    """
    count = len(instance.config.items_of("NetworkInterfaces"))
    if count > 1:
        return failed(f"The instance has {count} network interfaces.", "NetworkInterfaces")
    return passed("The instance has a single network interface.", "NetworkInterfaces")


@check(
    resource_type=INSTANCE,
    title="Instance is not paravirtual",
    problem="Instance is paravirtual",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:EC2.24"),
    aliases=("prowler:ec2_instance_paravirtual_type", "securityhub:EC2.24"),
    remediation=Remediation(
        console="Move the workload to an HVM image on a current instance type.",
        cli="aws ec2 describe-instances --region {region} --instance-ids {id} "
        "--query 'Reservations[].Instances[].ImageId'",
    ),
    examples=(
        passes({"VirtualizationType": "hvm"}),
        fails({"VirtualizationType": "paravirtual"}),
        is_unknown({"VirtualizationType": UNSEEN}),
        is_unknown({}, "AWS does not say"),
    ),
)
def ec2_instance_hvm(instance: Resource) -> Outcome:
    """Paravirtual guests are a way of running Linux of before 2014, on hardware that AWS retires.

    Their images are as old: nobody patches them, and no current instance type boots them.
    """
    kind = instance.config.get("VirtualizationType")
    if not kind:
        return unknown("AWS does not say how this instance is virtualized.")
    if kind == "paravirtual":
        return failed("The instance is paravirtual.", "VirtualizationType")
    return passed("The instance runs on hardware virtualization.", "VirtualizationType")


@check(
    resource_type=INSTANCE,
    title="Instance type is of a current generation",
    problem="Instance type is of a previous generation",
    severity=Severity.LOW,
    controls=("practices:legacy",),
    remediation=Remediation(
        console="EC2 → Instances → stop the instance → Actions → Instance settings → Change instance type. Compute "
        "Optimizer names the one to take.",
        cli='aws ec2 modify-instance-attribute --region {region} --instance-id {id} --instance-type "Value=YOUR-TYPE"',
    ),
    examples=(
        passes({"InstanceType": "m7g.large", "InstanceTypeInfo": {"CurrentGeneration": True}}),
        fails({"InstanceType": "m3.large", "InstanceTypeInfo": {"CurrentGeneration": False}}),
        is_unknown({"InstanceType": "m3.large", "InstanceTypeInfo": denied("ec2:DescribeInstanceTypes")}),
        is_unknown({"InstanceType": "m1.large", "InstanceTypeInfo": None}, "the region does not list the type"),
        does_not_apply(
            {
                "InstanceType": "m4.large",
                "InstanceTypeInfo": {"CurrentGeneration": False},
                "OutpostArn": "arn:aws:outposts:eu-central-1:111122223333:outpost/op-1",
            },
            "a rack's hardware is what was ordered",
        ),
    ),
)
def ec2_instance_current_generation(instance: Resource) -> Outcome:
    """Old instance types mark workloads that nobody has touched for years, and their systems with them.

    They run on hardware without the Nitro system's isolation and without encryption between instances, and AWS
    retires them in the end. Newer ones are faster for less.
    """
    info = instance.config.get("InstanceTypeInfo")
    kind = instance.config.get("InstanceType")
    if not info or info.get("CurrentGeneration") is None:
        return unknown(f"AWS does not list the type {kind} in this region.")
    if info["CurrentGeneration"]:
        return passed(f"{kind} is of a current generation.", "InstanceTypeInfo.CurrentGeneration")
    if instance.config.get("OutpostArn"):
        return not_applicable("An Outpost offers the instance types that it was ordered with.", "OutpostArn")
    return failed(f"{kind} is of a previous generation.", "InstanceTypeInfo.CurrentGeneration")
