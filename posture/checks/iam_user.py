"""Judge IAM users by the credential report: MFA, and old or idle credentials."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import GLOBAL, Resource

USER = "AWS::IAM::User"
UNUSED_DAYS = days(
    "unused_credential_days",
    "Unused credentials",
    "A user's password or access key that was not used for longer is taken as unused.",
    default=45,
    source="CIS 2.11",
)
KEY_DAYS = days(
    "access_key_days",
    "Age of access keys",
    "A user's access key that is older has to be rotated.",
    default=90,
    source="CIS 2.12 and IAM.3",
)
FORGOTTEN_DAYS = days(
    "forgotten_credential_days",
    "Forgotten credentials",
    "A user's password or access key that was not used for longer is taken as forgotten.",
    default=90,
    source="IAM.8",
)
SET_UP = timedelta(minutes=5)
"""A key made this soon after its user was made in the same breath, as the console once offered."""
KEYS = (1, 2)
NO_KEYS = {"access_key_1_active": False, "access_key_2_active": False}
PERSON = {"password_enabled": True, "mfa_active": True, "user_creation_time": "2024-03-01T09:30:00Z", **NO_KEYS}
MACHINE = {
    "password_enabled": False,
    "mfa_active": False,
    "user_creation_time": "2024-03-01T09:30:00Z",
    "access_key_1_active": True,
    "access_key_1_last_rotated": "2026-04-20T10:00:00Z",
    "access_key_2_active": False,
}


@check(
    resource_type=USER,
    title="Console user has MFA",
    problem="Console user has no MFA",
    severity=Severity.HIGH,
    controls=("practices:iam", "cis_aws_7:2.10", "aws_fsbp:IAM.5"),
    aliases=("prowler:iam_user_mfa_enabled_console_access", "securityhub:IAM.5"),
    remediation=Remediation(
        console="IAM → Users → {name} → Security credentials → Multi-factor authentication → Assign MFA device. "
        "Better: give the person access through IAM Identity Center and delete the user.",
        cli="aws iam enable-mfa-device --user-name {name} --serial-number <device> --authentication-code1 <code> "
        "--authentication-code2 <next-code>",
    ),
    examples=(
        passes(PERSON, region=GLOBAL),
        fails({**PERSON, "mfa_active": False}, region=GLOBAL),
        does_not_apply(MACHINE, "A user without a password", region=GLOBAL),
        is_unknown({**PERSON, "mfa_active": denied("iam:GetCredentialReport")}, region=GLOBAL),
    ),
)
def iam_user_mfa_enabled(user: Resource) -> Outcome:
    """A console password without a second factor is one phishing mail away from belonging to somebody else."""
    if not user.config["password_enabled"]:
        return not_applicable("The user has no password for the console.", "password_enabled")
    if user.config["mfa_active"]:
        return passed("The user signs in with a second factor.", "mfa_active")
    return failed("The user signs in with a password alone.", "mfa_active")


class _Credential(NamedTuple):
    """An active credential: its name, the path of its last use, and its creation."""

    name: str
    used_path: str
    made_path: str


def _active(user: Resource) -> Iterator[_Credential]:
    if user.config["password_enabled"]:
        yield _Credential("password", "password_last_used", "password_last_changed")
    for key in KEYS:
        if user.config[f"access_key_{key}_active"]:
            used, made = f"access_key_{key}_last_used_date", f"access_key_{key}_last_rotated"
            yield _Credential(f"access key {key}", used, made)


@check(
    resource_type=USER,
    title="Credentials are used, or gone",
    problem="Credentials have been unused for too long",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "cis_aws_7:2.11", "aws_fsbp:IAM.22"),
    aliases=("securityhub:IAM.22", "prowler:iam_user_accesskey_unused", "prowler:iam_user_console_access_unused"),
    remediation=Remediation(
        console="IAM → Users → {name} → Security credentials → Manage console access → Disable; Access keys → "
        "Deactivate. Delete them, and the user, when nobody has missed them.",
        cli="aws iam update-access-key --user-name {name} --access-key-id <id> --status Inactive",
    ),
    examples=(
        passes(MACHINE, observed={"access_key_1_last_used_date": "2026-05-31T10:00:00Z"}, region=GLOBAL),
        fails(MACHINE, observed={"access_key_1_last_used_date": "2026-03-01T10:00:00Z"}, region=GLOBAL),
        passes(
            {**PERSON, "password_last_changed": "2026-05-20T09:00:00Z"},
            "A new password, not used yet",
            observed={"password_last_used": None},
            region=GLOBAL,
        ),
        fails(
            {**PERSON, "password_last_changed": "2025-01-10T09:00:00Z"},
            "A password that was never used",
            observed={"password_last_used": None},
            region=GLOBAL,
        ),
        fails(
            MACHINE,
            "with a limit of 20 days",
            observed={"access_key_1_last_used_date": "2026-05-05T10:00:00Z"},
            region=GLOBAL,
            parameters={UNUSED_DAYS.name: 20},
        ),
        does_not_apply({**PERSON, "password_enabled": False}, "A user without credentials", region=GLOBAL),
        is_unknown(MACHINE, observed={"access_key_1_last_used_date": denied("iam:GetCredentialReport")}, region=GLOBAL),
    ),
    reads_observed=True,
)
def iam_user_credentials_used(user: Resource, clock: Clock) -> Outcome:
    """A credential that nobody uses is missed by nobody when it is stolen.

    After weeks without use it belongs to a person who left, a job that moved on, or an attacker who waits.
    """
    return _judge_use(user, clock, UNUSED_DAYS.value)


@check(
    resource_type=USER,
    title="Credentials are not forgotten",
    problem="Credentials have been forgotten",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:IAM.8"),
    aliases=("securityhub:IAM.8",),
    remediation=Remediation(
        console="IAM → Users → {name} → Security credentials → Manage console access → Disable; Access keys → "
        "Deactivate. Delete them, and the user, when nobody has missed them.",
        cli="aws iam update-access-key --user-name {name} --access-key-id <id> --status Inactive",
    ),
    examples=(
        passes(MACHINE, observed={"access_key_1_last_used_date": "2026-04-01T10:00:00Z"}, region=GLOBAL),
        fails(MACHINE, observed={"access_key_1_last_used_date": "2026-02-01T10:00:00Z"}, region=GLOBAL),
        passes(
            MACHINE,
            "with a limit of 180 days",
            observed={"access_key_1_last_used_date": "2026-02-01T10:00:00Z"},
            region=GLOBAL,
            parameters={FORGOTTEN_DAYS.name: 180},
        ),
        does_not_apply({**PERSON, "password_enabled": False}, "A user without credentials", region=GLOBAL),
        is_unknown(MACHINE, observed={"access_key_1_last_used_date": denied("iam:GetCredentialReport")}, region=GLOBAL),
    ),
    reads_observed=True,
)
def iam_user_credentials_used_in_90_days(user: Resource, clock: Clock) -> Outcome:
    """Security Hub's limit is twice that of CIS: by default, what fails here was not used for a whole quarter."""
    return _judge_use(user, clock, FORGOTTEN_DAYS.value)


def _judge_use(user: Resource, clock: Clock, limit: int) -> Outcome:
    """Judge whether each credential was used, or made, within so many days."""
    credentials = list(_active(user))
    if not credentials:
        return not_applicable("The user has no active password or key.", "password_enabled")
    seen = []
    for credential in credentials:
        used, made = user.observed[credential.used_path], user.config.get(credential.made_path)
        path = f"observed.{credential.used_path}" if used else credential.made_path
        last = datetime.fromisoformat(used or made or user.config["user_creation_time"])
        if clock.is_past(last, timedelta(days=limit)):
            what = f"was last used on {last:%Y-%m-%d}" if used else f"was made on {last:%Y-%m-%d} and never used"
            return failed(f"The {credential.name} {what}, more than {limit} days ago.", path)
        seen.append(path)
    names = " and ".join(credential.name for credential in credentials)
    return passed(f"The {names} {'were' if len(seen) > 1 else 'was'} used or made in the last {limit} days.", *seen)


@check(
    resource_type=USER,
    title="Access keys are rotated in time",
    problem="Access keys have not been rotated for too long",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "cis_aws_7:2.12", "aws_fsbp:IAM.3"),
    aliases=("prowler:iam_rotate_access_key_90_days", "securityhub:IAM.3"),
    remediation=Remediation(
        console="IAM → Users → {name} → Security credentials → Create access key; put it where the old one is used; "
        "deactivate the old one, then delete it. Better: a role in its place, which needs no rotation.",
        cli="aws iam create-access-key --user-name {name}",
    ),
    examples=(
        passes(MACHINE, region=GLOBAL),
        fails({**MACHINE, "access_key_1_last_rotated": "2025-02-01T10:00:00Z"}, region=GLOBAL),
        passes(
            {**MACHINE, "access_key_1_last_rotated": "2026-01-15T10:00:00Z"},
            "with a limit of 180 days",
            region=GLOBAL,
            parameters={KEY_DAYS.name: 180},
        ),
        does_not_apply(PERSON, "A user without keys", region=GLOBAL),
        is_unknown({**MACHINE, "access_key_1_last_rotated": denied("iam:GetCredentialReport")}, region=GLOBAL),
    ),
)
def iam_user_access_keys_rotated(user: Resource, clock: Clock) -> Outcome:
    """A key stays where it was once copied: in a laptop's backup, a build log, a former colleague's notes.

    Rotation ends all those copies at once, and shows that you still know everywhere the key is used.
    """
    active = [key for key in KEYS if user.config[f"access_key_{key}_active"]]
    if not active:
        return not_applicable("The user has no active access key.", "access_key_1_active")
    rotated = {key: datetime.fromisoformat(user.config[f"access_key_{key}_last_rotated"]) for key in active}
    oldest = min(rotated, key=lambda key: rotated[key])
    made, limit = f"Access key {oldest} was made on {rotated[oldest]:%Y-%m-%d}", KEY_DAYS.value
    path = f"access_key_{oldest}_last_rotated"
    if clock.is_past(rotated[oldest], timedelta(days=limit)):
        return failed(f"{made}, more than {limit} days ago.", path)
    return passed(f"{made}.", path)


@check(
    resource_type=USER,
    title="User has one active access key at most",
    problem="User has two active access keys",
    severity=Severity.LOW,
    controls=("practices:iam",),
    aliases=("prowler:iam_user_two_active_access_key",),
    remediation=Remediation(
        console="IAM → Users → {name} → Security credentials → Access keys: deactivate the one that was used longer "
        "ago, then delete it.",
        cli="aws iam update-access-key --user-name {name} --access-key-id <id> --status Inactive",
    ),
    examples=(
        passes(MACHINE, region=GLOBAL),
        fails({**MACHINE, "access_key_2_active": True}, region=GLOBAL),
        is_unknown({**MACHINE, "access_key_2_active": denied("iam:GetCredentialReport")}, region=GLOBAL),
    ),
)
def iam_user_single_active_access_key(user: Resource) -> Outcome:
    """The second key is for the hour of a rotation. Where it stays, a rotation was never finished."""
    paths = [f"access_key_{key}_active" for key in KEYS]
    active = [path for path in paths if user.config[path]]
    if len(active) > 1:
        return failed("Both access keys are active.", *paths)
    return passed("One access key is active." if active else "No access key is active.", *paths)


@check(
    resource_type=USER,
    title="Console user has no key from the day it was set up",
    problem="Console user has a key from the day it was set up",
    severity=Severity.LOW,
    controls=("practices:iam",),
    aliases=("prowler:iam_user_no_setup_initial_access_key",),
    remediation=Remediation(
        console="IAM → Users → {name} → Security credentials → Access keys: delete the one that was made with the "
        "user. Whoever needs a key asks for one.",
        cli="aws iam delete-access-key --user-name {name} --access-key-id <id>",
    ),
    examples=(
        passes(PERSON, region=GLOBAL),
        passes(
            {**PERSON, "access_key_1_active": True, "access_key_1_last_rotated": "2025-01-10T09:00:00Z"},
            "A key of later",
            region=GLOBAL,
        ),
        fails(
            {**PERSON, "access_key_1_active": True, "access_key_1_last_rotated": "2024-03-01T09:30:20Z"},
            region=GLOBAL,
        ),
        does_not_apply(MACHINE, "A user without a password", region=GLOBAL),
        is_unknown({**PERSON, "access_key_1_active": denied("iam:GetCredentialReport")}, region=GLOBAL),
    ),
)
def iam_user_no_initial_access_key(user: Resource) -> Outcome:
    """Keys that are made for everybody at set-up are mostly never used, never rotated and never missed."""
    if not user.config["password_enabled"]:
        return not_applicable("The user has no password, so its keys are what it is for.", "password_enabled")
    made = datetime.fromisoformat(user.config["user_creation_time"])
    for key in KEYS:
        if user.config[f"access_key_{key}_active"]:
            path = f"access_key_{key}_last_rotated"
            if abs(datetime.fromisoformat(user.config[path]) - made) < SET_UP:
                return failed(f"Access key {key} was made together with the user.", path, "user_creation_time")
    return passed("No active key is from the user's first minutes.", "user_creation_time")
