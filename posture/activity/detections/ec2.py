"""Machines that are entered, changed or shared."""

from __future__ import annotations

import re
from datetime import timedelta

from posture.activity.actors import calling_service, principal
from posture.activity.detection import FirstSeen, Needs, detection
from posture.activity.events import Event
from posture.activity.policies import sharing
from posture.core.outcome import Severity

INSTANCE = {"instanceId": "i-0123456789abcdef0"}
GPU = re.compile(r"(p[2-6]|g[3-7]|trn[12]|inf[12]|dl[12])[a-z-]*\.")
INSTANCE_SESSION = re.compile(r"/i-[0-9a-f]{8,17}$")
OWN_SESSION = {
    "type": "AssumedRole",
    "arn": "arn:aws:sts::111111111111:assumed-role/web/i-0123456789abcdef0",
    "accountId": "111111111111",
}


def _address(event: Event) -> str:
    return event.address


@detection(
    id="ec2_image_shared",
    title="Machine image shared with others",
    severity=Severity.HIGH,
    attack=("T1537",),
    events=("ec2:ModifyImageAttribute",),
    fires=(
        {"event": "ec2:ModifyImageAttribute", "requestParameters": {
            "imageId": "ami-1", "launchPermission": {"add": {"items": [{"group": "all"}]}},
        }},
        {"event": "ec2:ModifyImageAttribute", "requestParameters": {
            "imageId": "ami-1", "launchPermission": {"add": {"items": [{"userId": "999999999999"}]}},
        }},
    ),
    quiet=(
        {"event": "ec2:ModifyImageAttribute", "requestParameters": {
            "imageId": "ami-1", "launchPermission": {"add": {"items": [{"userId": "111111111111"}]}},
        }},
        {"event": "ec2:ModifyImageAttribute", "requestParameters": {
            "imageId": "ami-1", "launchPermission": {"remove": {"items": [{"group": "all"}]}},
        }},
    ),
)  # fmt: skip
def image_shared(event: Event) -> str | None:
    """Return a sentence for everyone or accounts other than the own."""
    found = sharing(event, event.items("launchPermission.add"))
    return f"Shared image {event.parameter('imageId')} with {found}." if found else None


@detection(
    id="ec2_snapshot_shared",
    title="Snapshot of a volume shared with others",
    severity=Severity.HIGH,
    attack=("T1537",),
    events=("ec2:ModifySnapshotAttribute",),
    fires=({"event": "ec2:ModifySnapshotAttribute", "requestParameters": {
        "snapshotId": "snap-1", "createVolumePermission": {"add": {"items": [{"group": "all"}]}},
    }},),
    quiet=({"event": "ec2:ModifySnapshotAttribute", "requestParameters": {
        "snapshotId": "snap-1", "createVolumePermission": {"add": {"items": [{"group": "none"}]}},
    }},),
)  # fmt: skip
def snapshot_shared(event: Event) -> str | None:
    """Return a sentence for everyone or accounts other than the own."""
    found = sharing(event, event.items("createVolumePermission.add"))
    return f"Shared snapshot {event.parameter('snapshotId')} with {found}." if found else None


@detection(
    id="ec2_user_data_changed",
    title="Instance's start script changed",
    severity=Severity.MEDIUM,
    attack=("T1059.009", "T1037"),
    events=("ec2:ModifyInstanceAttribute",),
    fires=({"event": "ec2:ModifyInstanceAttribute", "requestParameters": {**INSTANCE, "userData": "<removed>"}},),
    quiet=({"event": "ec2:ModifyInstanceAttribute", "requestParameters": {**INSTANCE, "instanceType": "t3.micro"}},),
)
def user_data_changed(event: Event) -> str | None:
    """Return a sentence where user data is replaced, which runs as root at a start."""
    is_changed = event.get("requestParameters.userData") not in (None, "", {})
    return f"Changed the user data of {event.parameter('instanceId')}." if is_changed else None


@detection(
    id="ec2_user_data_read",
    title="Instance's start script read",
    severity=Severity.LOW,
    attack=("T1552.005", "T1580"),
    events=("ec2:DescribeInstanceAttribute",),
    needs=Needs.READ,
    includes_failed=True,
    fires=({"event": "ec2:DescribeInstanceAttribute", "requestParameters": {**INSTANCE, "attribute": "userData"}},),
    quiet=({"event": "ec2:DescribeInstanceAttribute", "requestParameters": {**INSTANCE, "attribute": "ebsOptimized"}},),
)
def user_data_read(event: Event) -> str | None:
    """Return a sentence for user data, in which passwords are often written."""
    is_direct = not calling_service(event)
    is_read = event.parameter("attribute") == "userData" and is_direct
    return f"Read the user data of {event.parameter('instanceId') or 'an instance'}." if is_read else None


@detection(
    id="ec2_password_data_read",
    title="Administrator password of a Windows instance read",
    severity=Severity.MEDIUM,
    attack=("T1552.005",),
    events=("ec2:GetPasswordData",),
    needs=Needs.READ,
    includes_failed=True,
    fires=({"event": "ec2:GetPasswordData", "requestParameters": INSTANCE},),
    quiet=({"event": "ec2:GetConsoleOutput", "requestParameters": INSTANCE},),
)
def password_read(event: Event) -> str | None:
    """Return a sentence for each password that is asked for."""
    return f"Asked for the password of {event.parameter('instanceId') or 'an instance'}."


@detection(
    id="ec2_imdsv1_enabled",
    title="Instance metadata readable without a token",
    severity=Severity.MEDIUM,
    attack=("T1552.005",),
    events=("ec2:ModifyInstanceMetadataOptions",),
    fires=({"event": "ec2:ModifyInstanceMetadataOptions", "requestParameters": {
        "ModifyInstanceMetadataOptionsRequest": {"InstanceId": "i-1", "HttpTokens": "optional"},
    }},),
    quiet=({"event": "ec2:ModifyInstanceMetadataOptions", "requestParameters": {
        "ModifyInstanceMetadataOptionsRequest": {"InstanceId": "i-1", "HttpTokens": "required"},
    }},),
)  # fmt: skip
def imdsv1_enabled(event: Event) -> str | None:
    """Return a sentence where version 1 of the metadata service is back."""
    for outer in ("", "ModifyInstanceMetadataOptionsRequest."):
        if event.parameter(f"{outer}httpTokens") == "optional":
            return f"Instance {event.parameter(f'{outer}instanceId')} gives credentials without a token."
    return None


@detection(
    id="ec2_gpu_instance_started",
    title="GPU instance launched",
    severity=Severity.LOW,
    attack=("T1496.001",),
    events=("ec2:RunInstances",),
    fires=({"event": "ec2:RunInstances", "requestParameters": {"instanceType": "p4d.24xlarge"}},),
    quiet=({"event": "ec2:RunInstances", "requestParameters": {"instanceType": "t3.micro"}},),
)
def gpu_started(event: Event) -> str | None:
    """Return a sentence for types that miners of coins look for."""
    kind = event.parameter("instanceType")
    return f"Launched {kind}." if GPU.match(kind) else None


@detection(
    id="ec2_key_pair_imported",
    title="Key pair imported",
    severity=Severity.LOW,
    attack=("T1098.004",),
    events=("ec2:ImportKeyPair",),
    fires=({"event": "ec2:ImportKeyPair", "requestParameters": {"keyName": "k"}},),
    quiet=({"event": "ec2:DeleteKeyPair", "requestParameters": {"keyName": "k"}},),
)
def key_imported(event: Event) -> str | None:
    """Return a sentence for each key that was made elsewhere."""
    return f"Imported key pair {event.parameter('keyName')}."


@detection(
    id="ec2_instance_connect_key_sent",
    title="SSH key sent to an instance",
    severity=Severity.MEDIUM,
    attack=("T1021.004", "T1098.004"),
    events=("ec2-instance-connect:SendSSHPublicKey",),
    fires=({"event": "ec2-instance-connect:SendSSHPublicKey", "requestParameters": INSTANCE},),
    quiet=({"event": "ec2-instance-connect:OpenTunnel", "requestParameters": INSTANCE},),
)
def key_sent(event: Event) -> str | None:
    """Return a sentence for each entry by Instance Connect."""
    return f"Sent an SSH key to {event.parameter('instanceId')}."


@detection(
    id="ec2_serial_console_used",
    title="Serial console enabled or entered",
    severity=Severity.HIGH,
    attack=("T1021", "T1098.004"),
    events=("ec2:EnableSerialConsoleAccess", "ec2-instance-connect:SendSerialConsoleSSHPublicKey"),
    fires=(
        {"event": "ec2:EnableSerialConsoleAccess"},
        {"event": "ec2-instance-connect:SendSerialConsoleSSHPublicKey", "requestParameters": INSTANCE},
    ),
    quiet=({"event": "ec2:DisableSerialConsoleAccess"},),
)
def serial_console(event: Event) -> str | None:
    """Return a sentence for a way in that no security group guards."""
    where = event.parameter("instanceId")
    return f"Entered {where} by the serial console." if where else "Enabled the serial console in the region."


@detection(
    id="ec2_account_guard_disabled",
    title="Account-wide guard of EC2 disabled",
    severity=Severity.MEDIUM,
    attack=("T1562.001",),
    events=("ec2:DisableEbsEncryptionByDefault", "ec2:DisableImageBlockPublicAccess",
            "ec2:DisableSnapshotBlockPublicAccess"),
    fires=({"event": "ec2:DisableEbsEncryptionByDefault"},),
    quiet=({"event": "ec2:EnableEbsEncryptionByDefault"},),
)  # fmt: skip
def guard_disabled(event: Event) -> str | None:
    """Return a sentence for each default that protected all that is made later."""
    return f"{event.name} in {event.region}."


@detection(
    id="ec2_instance_credentials_from_new_address",
    title="Instance's credentials used from a new address",
    severity=Severity.MEDIUM,
    attack=("T1552.005", "T1078.004"),
    events=(),
    form=FirstSeen(_address, timedelta(hours=1), by=principal),
    includes_failed=True,
    fires=([
        {"event": "s3:ListBuckets", "userIdentity": OWN_SESSION},
        {"event": "s3:ListBuckets", "userIdentity": OWN_SESSION, "minute": 90, "sourceIPAddress": "203.0.113.9"},
    ],),
    quiet=(
        [{"event": "s3:ListBuckets", "userIdentity": OWN_SESSION, "minute": at} for at in (0, 90)],
        [
            {"event": "s3:ListBuckets", "userIdentity": OWN_SESSION},
            {"event": "s3:ListBuckets", "userIdentity": OWN_SESSION, "minute": 5, "sourceIPAddress": "203.0.113.9"},
        ],
        [
            {"event": "s3:ListBuckets"},
            {"event": "s3:ListBuckets", "minute": 90, "sourceIPAddress": "203.0.113.9"},
        ],
    ),
)  # fmt: skip
def new_address(event: Event) -> str | None:
    """Return a sentence for a call by an instance's own role, AWS's own calls aside."""
    is_direct = not calling_service(event)
    is_instance = bool(INSTANCE_SESSION.search(principal(event)))
    return f"Used from {event.address} for the first time." if is_instance and is_direct else None
