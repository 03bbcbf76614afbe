"""Credentials and rights that are added, and guards that are removed."""

from __future__ import annotations

from posture.activity.detection import Needs, detection
from posture.activity.events import Event
from posture.activity.policies import foreign, is_administrator, names_administrator, statements
from posture.core.outcome import Severity

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READER = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ALL = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
ONE = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'


def _trust(principal: str) -> str:
    return f'{{"Statement": [{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}]}}'


FOREIGN_TRUST = _trust('{"AWS": "arn:aws:iam::999999999999:root"}')
OWN_TRUST = _trust('{"AWS": "arn:aws:iam::111111111111:root"}')


def _caller_name(event: Event) -> str:
    """Return the name of a user, be it the session name of a role."""
    return event.text("userIdentity.userName") or event.text("userIdentity.arn").rpartition("/")[2]


def _is_for_another(event: Event) -> bool:
    """Return True if a call names a user other than its caller."""
    return event.parameter("userName") not in {"", _caller_name(event)}


@detection(
    id="iam_access_key_created_for_another_user",
    title="Access key created for another user",
    severity=Severity.MEDIUM,
    attack=("T1098.001",),
    events=("iam:CreateAccessKey",),
    fires=({"event": "iam:CreateAccessKey", "requestParameters": {"userName": "bob"}},),
    quiet=(
        {"event": "iam:CreateAccessKey", "requestParameters": {"userName": "alice"}},
        {"event": "iam:CreateAccessKey", "requestParameters": None},
    ),
)
def access_key_created(event: Event) -> str | None:
    """Return a sentence where somebody gets a key that is not theirs."""
    return f"Created an access key of user {event.parameter('userName')}." if _is_for_another(event) else None


@detection(
    id="iam_console_password_set_for_another_user",
    title="Console password set for another user",
    severity=Severity.MEDIUM,
    attack=("T1098", "T1078.004"),
    events=("iam:CreateLoginProfile", "iam:UpdateLoginProfile"),
    fires=({"event": "iam:CreateLoginProfile", "requestParameters": {"userName": "bob"}},),
    quiet=({"event": "iam:UpdateLoginProfile", "requestParameters": {"userName": "alice"}},),
)
def password_set(event: Event) -> str | None:
    """Return a sentence where somebody sets a password that is not theirs."""
    return f"Set the console password of user {event.parameter('userName')}." if _is_for_another(event) else None


@detection(
    id="iam_administrator_policy_attached",
    title="Administrator policy attached",
    severity=Severity.HIGH,
    attack=("T1098.003",),
    events=("iam:AttachUserPolicy", "iam:AttachRolePolicy", "iam:AttachGroupPolicy"),
    fires=({"event": "iam:AttachRolePolicy", "requestParameters": {"roleName": "web", "policyArn": ADMINISTRATOR}},),
    quiet=({"event": "iam:AttachRolePolicy", "requestParameters": {"roleName": "web", "policyArn": READER}},),
)
def administrator_attached(event: Event) -> str | None:
    """Return a sentence for policies of AWS that give power over an account."""
    arn = event.parameter("policyArn")
    return f"Attached {arn.rpartition('/')[2]} to {_holder(event)}." if names_administrator(arn) else None


def _holder(event: Event) -> str:
    kinds = {"userName": "user", "roleName": "role", "groupName": "group"}
    return next(
        (f"{what} {event.parameter(key)}" for key, what in kinds.items() if event.parameter(key)), "an identity"
    )


@detection(
    id="iam_administrator_policy_written",
    title="Policy written that allows everything",
    severity=Severity.HIGH,
    attack=("T1098.003",),
    events=(
        "iam:PutUserPolicy", "iam:PutRolePolicy", "iam:PutGroupPolicy", "iam:CreatePolicy", "iam:CreatePolicyVersion",
    ),
    fires=(
        {"event": "iam:PutUserPolicy", "requestParameters": {"userName": "bob", "policyDocument": ALL}},
        {"event": "iam:CreatePolicyVersion", "requestParameters": {"policyDocument": ALL, "setAsDefault": True}},
    ),
    quiet=(
        {"event": "iam:PutUserPolicy", "requestParameters": {"userName": "bob", "policyDocument": ONE}},
        {"event": "iam:CreatePolicyVersion", "requestParameters": {"policyDocument": ALL, "setAsDefault": False}},
    ),
)  # fmt: skip
def administrator_written(event: Event) -> str | None:
    """Return a sentence for all actions, or all of IAM's, on all resources."""
    if event.name == "CreatePolicyVersion" and not event.flag("requestParameters.setAsDefault"):
        return None
    if not any(is_administrator(one) for one in statements(event, "policyDocument")):
        return None
    name = event.parameter("policyName") or event.parameter("policyArn")
    return f"Policy {name or 'without a name'} allows everything."


@detection(
    id="iam_policy_default_version_changed",
    title="Earlier version of a policy put in force",
    severity=Severity.MEDIUM,
    attack=("T1098.003",),
    events=("iam:SetDefaultPolicyVersion",),
    fires=({"event": "iam:SetDefaultPolicyVersion", "requestParameters": {"policyArn": READER, "versionId": "v1"}},),
    quiet=({"event": "iam:DeletePolicyVersion", "requestParameters": {"policyArn": READER, "versionId": "v1"}},),
)
def default_version(event: Event) -> str | None:
    """Return a sentence for each version that comes into force."""
    return f"Put version {event.parameter('versionId')} of {event.parameter('policyArn')} in force."


@detection(
    id="iam_role_trusts_other_account",
    title="Role lets in another account",
    severity=Severity.HIGH,
    attack=("T1098.003", "T1199"),
    events=("iam:UpdateAssumeRolePolicy", "iam:CreateRole"),
    fires=(
        {"event": "iam:UpdateAssumeRolePolicy", "requestParameters": {"policyDocument": FOREIGN_TRUST}},
        {"event": "iam:CreateRole", "requestParameters": {"assumeRolePolicyDocument": _trust('"*"')}},
    ),
    quiet=(
        {"event": "iam:UpdateAssumeRolePolicy", "requestParameters": {"policyDocument": OWN_TRUST}},
        {"event": "iam:CreateRole", "requestParameters": {
            "assumeRolePolicyDocument": _trust('{"Service": "ec2.amazonaws.com"}'),
        }},
        {"event": "iam:UpdateAssumeRolePolicy", "requestParameters": {}},
    ),
)  # fmt: skip
def foreign_trust(event: Event) -> str | None:
    """Return a sentence for principals of other accounts."""
    path = "assumeRolePolicyDocument" if event.name == "CreateRole" else "policyDocument"
    strangers = foreign(event, path, conditional=True)
    return f"Role {event.parameter('roleName')} lets in {strangers}." if strangers else None


@detection(
    id="iam_identity_provider_changed",
    title="Identity provider added or changed",
    severity=Severity.HIGH,
    attack=("T1484.002",),
    events=("iam:CreateSAMLProvider", "iam:UpdateSAMLProvider", "iam:CreateOpenIDConnectProvider",
            "iam:UpdateOpenIDConnectProviderThumbprint", "iam:AddClientIDToOpenIDConnectProvider"),
    fires=({"event": "iam:CreateSAMLProvider", "requestParameters": {"name": "okta"}},),
    quiet=({"event": "iam:DeleteSAMLProvider", "requestParameters": {"name": "okta"}},),
)  # fmt: skip
def identity_provider(event: Event) -> str | None:
    """Return a sentence for each provider that may vouch for people."""
    paths = ("name", "url", "sAMLProviderArn", "openIDConnectProviderArn")
    name = next((event.parameter(path) for path in paths if event.parameter(path)), "without a name")
    return f"{event.name}: provider {name}."


@detection(
    id="iam_roles_anywhere_trust_added",
    title="Certificate authority trusted by IAM Roles Anywhere",
    severity=Severity.HIGH,
    attack=("T1484.002", "T1098.001"),
    events=("rolesanywhere:CreateTrustAnchor", "rolesanywhere:UpdateTrustAnchor"),
    fires=({"event": "rolesanywhere:CreateTrustAnchor", "requestParameters": {"name": "ca"}},),
    quiet=({"event": "rolesanywhere:DeleteTrustAnchor", "requestParameters": {"name": "ca"}},),
)
def trust_anchor(event: Event) -> str | None:
    """Return a sentence for each authority whose certificates let in machines."""
    return f"Trusts the certificate authority {event.parameter('name')}."


@detection(
    id="iam_mfa_removed",
    title="MFA device removed",
    severity=Severity.HIGH,
    attack=("T1556.006",),
    events=("iam:DeactivateMFADevice",),
    fires=({"event": "iam:DeactivateMFADevice", "requestParameters": {"userName": "bob"}},),
    quiet=({"event": "iam:EnableMFADevice", "requestParameters": {"userName": "bob"}},),
)
def mfa_removed(event: Event) -> str | None:
    """Return a sentence for each device that no longer guards a user."""
    return f"Removed an MFA device of {event.parameter('userName') or _caller_name(event)}."


@detection(
    id="iam_permissions_boundary_removed",
    title="Permissions boundary removed",
    severity=Severity.HIGH,
    attack=("T1098.003",),
    events=("iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary"),
    fires=({"event": "iam:DeleteRolePermissionsBoundary", "requestParameters": {"roleName": "web"}},),
    quiet=({"event": "iam:PutRolePermissionsBoundary", "requestParameters": {"roleName": "web"}},),
)
def boundary_removed(event: Event) -> str | None:
    """Return a sentence for each identity without its boundary."""
    return f"Removed the permissions boundary of {_holder(event)}."


@detection(
    id="iam_password_policy_removed",
    title="Password policy removed",
    severity=Severity.MEDIUM,
    attack=("T1556",),
    events=("iam:DeleteAccountPasswordPolicy",),
    fires=({"event": "iam:DeleteAccountPasswordPolicy"},),
    quiet=({"event": "iam:UpdateAccountPasswordPolicy"},),
)
def password_policy(event: Event) -> str | None:
    """Return a sentence where passwords may be short again."""
    return "Removed the account's password policy."


@detection(
    id="sts_federation_token_requested",
    title="Federation token requested",
    severity=Severity.MEDIUM,
    attack=("T1550.001", "T1078.004"),
    events=("sts:GetFederationToken",),
    needs=Needs.READ,
    fires=({"event": "sts:GetFederationToken", "readOnly": True, "requestParameters": {"name": "x"}},),
    quiet=({"event": "sts:GetSessionToken", "readOnly": True},),
)
def federation_token(event: Event) -> str | None:
    """Return a sentence for sessions that outlive the key they were made with."""
    return f"Requested a federation token by the name {event.parameter('name')}: it outlives the access key."
