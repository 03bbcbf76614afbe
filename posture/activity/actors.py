"""Who did an event: the person, machine or service behind its credentials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from posture.activity.events import HOST_SUFFIX, Event

HOPS_MAX = 5
"""How far a chain of assumed roles is followed."""
PERMISSION_SET = re.compile(r"AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}")
CONSOLE_HOSTS = {"signin.amazonaws.com", "console.amazonaws.com"}
ASSUMING = {"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:GetFederationToken"}
MACHINES = (
    (re.compile(r"i-[0-9a-f]{8,17}"), "EC2 instance"),
    (re.compile(r"botocore-session-\d+"), "SDK for Python"),
    (re.compile(r"aws-go-sdk-\d+"), "SDK for Go"),
    (re.compile(r"aws-sdk-(java|js|php|ruby|dotnet)-.+"), "SDK"),
    (re.compile(r"GitHubActions"), "GitHub Actions"),
    (re.compile(r"AWSCloudFormation"), "CloudFormation"),
    (re.compile(r"AWS-CodeBuild-.+|AWSCodeBuild-.+"), "CodeBuild"),
    (re.compile(r"[0-9a-f]{32}"), "ECS task"),
)
"""Session names that machines choose, with what chooses them."""
CHANNELS = (
    (re.compile(r"signin\.amazonaws\.com|console\.amazonaws\.com|^\[?S3Console"), "console"),
    (re.compile(r"terraform|opentofu", re.IGNORECASE), "Terraform"),
    (re.compile(r"pulumi", re.IGNORECASE), "Pulumi"),
    (re.compile(r"aws-?cdk", re.IGNORECASE), "CDK"),
    (re.compile(r"aws-cli/"), "CLI"),
    (re.compile(r"^\[?[a-z0-9.-]+\.amazonaws\.com\]?$|^AWS[ -]Internal", re.IGNORECASE), "service"),
    (re.compile(r"boto3|botocore|aws-sdk|aws-go-sdk|Powershell", re.IGNORECASE), "SDK"),
    (re.compile(r"^\[?Mozilla/"), "browser"),
)


class ActorKind(StrEnum):
    """What an actor is; the value is what people read."""

    ROOT = "root user"
    IAM_USER = "IAM user"
    IDENTITY_CENTER = "Identity Center user"
    FEDERATED = "federated user"
    ROLE = "role session"
    SERVICE = "AWS service"
    ACCOUNT = "another account"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did an event, and by what that is known."""

    kind: ActorKind
    name: str
    account: str
    """The account of the identity."""
    basis: str
    """What the name was read from."""
    via: str = ""
    """The role or permission set."""
    service: str = ""
    """The service that called on the actor's behalf."""
    machine: str = ""
    """What kind of machine chose the session's name."""
    is_self_chosen: bool = False
    """The caller chose the name freely: it proves nothing."""

    @property
    def label(self) -> str:
        """The actor in a line: name, kind and account."""
        name = f"“{self.name}” (self-chosen name)" if self.is_self_chosen and not self.machine else self.name
        what = self.machine or str(self.kind)
        label = f"{name}, {what}" if name != what else name
        label += f" by {self.via}" if self.via else ""
        label += f" of {self.account}" if self.account else ""
        return f"{self.service}, for {label}" if self.service else label


Sessions = Mapping[str, Event]


def index_sessions(events: Iterable[Event]) -> dict[str, Event]:
    """Return the events that handed out temporary keys, by key.

    A role of another account has an event in each account; only the caller's names the caller.
    """
    found: dict[str, Event] = {}
    for event in events:
        key = event.text("responseElements.credentials.accessKeyId")
        if key and event.key in ASSUMING and not event.error and (key not in found or _names_caller(event)):
            found[key] = event
    return found


def _names_caller(event: Event) -> bool:
    return event.text("userIdentity.type") not in {"", "AWSAccount"}


def channel(event: Event) -> str:
    """Return by what an event was called: console, CLI, Terraform, CDK, SDK, service."""
    if event.flag("sessionCredentialFromConsole"):
        return "console"
    agent = event.text("userAgent")
    return next((name for pattern, name in CHANNELS if pattern.search(agent)), "other")


def access_key(event: Event) -> str:
    """Return the id of the access key that signed an event, if any."""
    return event.text("userIdentity.accessKeyId")


def principal(event: Event) -> str:
    """Return the identity as CloudTrail gives it: an ARN, or what is there instead."""
    paths = ("arn", "onBehalfOf.userId", "principalId", "userName", "invokedBy", "accountId")
    texts = (event.text(f"userIdentity.{path}") for path in paths)
    return next((text for text in texts if text), "unknown")


def resolve(event: Event, sessions: Sessions | None = None) -> Actor:
    """Return who did an event.

    `sessions` are those of `index_sessions`, by which a chain of roles is followed to where it began.
    """
    return _resolve(event, sessions or {}, HOPS_MAX)


def _resolve(event: Event, sessions: Sessions, hops: int) -> Actor:
    kind = event.text("userIdentity.type")
    account = event.text("userIdentity.accountId")
    service = calling_service(event)
    if kind == "Root":
        return Actor(ActorKind.ROOT, "root user", account, "userIdentity", service=service)
    if kind == "IAMUser":
        name = event.text("userIdentity.userName") or principal(event).rpartition("/")[2]
        return Actor(ActorKind.IAM_USER, name, account, "userName", service=service)
    if kind == "AssumedRole":
        return _of_session(event, sessions, hops)
    if kind in {"FederatedUser", "SAMLUser", "WebIdentityUser", "Directory"}:
        return _federated(event, service)
    return _of_identity_center(event) or _of_service_or_account(event, kind, account, service)


def _of_identity_center(event: Event) -> Actor | None:
    """Return the user of Identity Center that the identity names, if any."""
    service = calling_service(event)
    account = event.text("userIdentity.accountId")
    user = event.text("userIdentity.onBehalfOf.userId")
    name = event.text("additionalEventData.UserName") or event.text("userIdentity.userName") or user
    if event.text("userIdentity.type") == "IdentityCenterUser":
        return Actor(ActorKind.IDENTITY_CENTER, name or principal(event), account, "userIdentity", service=service)
    return Actor(ActorKind.IDENTITY_CENTER, user, account, "onBehalfOf", service=service) if user else None


def _federated(event: Event, service: str) -> Actor:
    """Return the user of GetFederationToken or of a provider."""
    issuer = event.text("userIdentity.sessionContext.sessionIssuer.userName")
    kind = event.text("userIdentity.type")
    name = event.text("userIdentity.userName") or principal(event).rpartition("/")[2]
    account = event.text("userIdentity.accountId")
    # A provider vouches for its users' names; GetFederationToken takes any.
    is_free = kind == "FederatedUser"
    if is_free and issuer:
        return Actor(ActorKind.IAM_USER, issuer, account, "session issuer", via=f"federation token {name}")
    return Actor(ActorKind.FEDERATED, name, account, "userIdentity", service=service, is_self_chosen=is_free)


def _of_service_or_account(event: Event, kind: str, account: str, service: str) -> Actor:
    if kind == "AWSService" or event.text("eventType") == "AwsServiceEvent":
        name = service or event.text("userIdentity.invokedBy") or f"{event.source}{HOST_SUFFIX}"
        return Actor(ActorKind.SERVICE, name, "", "userIdentity")
    if kind in {"AWSAccount", "Account"}:
        return Actor(ActorKind.ACCOUNT, f"account {account or 'unknown'}", account, "userIdentity", service=service)
    if service and not account:
        return Actor(ActorKind.SERVICE, service, "", "invokedBy")
    return Actor(ActorKind.UNKNOWN, principal(event), account, "userIdentity", service=service)


def _of_session(event: Event, sessions: Sessions, hops: int) -> Actor:
    """Return who is behind the session of a role."""
    role, session = _role_and_session(event)
    account = event.text("userIdentity.accountId")
    service = calling_service(event)
    if event.text("userIdentity.onBehalfOf.userId") and (user := _of_identity_center(event)):
        return user
    if source := event.text("userIdentity.sessionContext.sourceIdentity"):
        return Actor(ActorKind.ROLE, source, account, "sourceIdentity", via=role, service=service)
    if match := PERMISSION_SET.fullmatch(role):
        kind, basis = ActorKind.IDENTITY_CENTER, "session name of Identity Center"
        return Actor(kind, session, account, basis, via=f"permission set {match['set']}", service=service)
    if subject := _web_subject(event):
        return Actor(ActorKind.FEDERATED, subject, account, "webIdFederationData", via=role, service=service)
    made_by = sessions.get(access_key(event))
    if made_by and hops:
        return _of_origin(event, made_by, sessions, hops)
    machine = next((what for pattern, what in MACHINES if pattern.fullmatch(session)), "")
    basis = "session name"
    return Actor(ActorKind.ROLE, session, account, basis, role, service, machine, is_self_chosen=True)


def _of_origin(event: Event, made_by: Event, sessions: Sessions, hops: int) -> Actor:
    """Return who assumed the role, with all roles on the way."""
    role, _ = _role_and_session(event)
    service = calling_service(event)
    account = event.text("userIdentity.accountId")
    if made_by.key in {"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}:
        name = made_by.text("userIdentity.userName") or principal(made_by)
        return Actor(ActorKind.FEDERATED, name, account, made_by.name, via=role, service=service)
    origin = _resolve(made_by, sessions, hops - 1)
    via = " → ".join(part for part in (origin.via, role) if part)
    is_free, machine = origin.is_self_chosen, origin.machine
    return Actor(origin.kind, origin.name, origin.account, "chain of roles", via, service, machine, is_free)


def _role_and_session(event: Event) -> tuple[str, str]:
    _, _, rest = principal(event).partition("assumed-role/")
    role, _, session = rest.partition("/")
    role = event.text("userIdentity.sessionContext.sessionIssuer.userName") or role or "unknown role"
    return role, session or event.text("userIdentity.principalId").partition(":")[2] or "unknown session"


def _web_subject(event: Event) -> str:
    """Return the user that an OIDC provider vouched for, if any."""
    data = "userIdentity.sessionContext.webIdFederationData"
    attributes = event.get(f"{data}.attributes")
    provider = event.text(f"{data}.federatedProvider")
    subjects = attributes.items() if isinstance(attributes, Mapping) else ()
    found = next((text for key, text in subjects if str(key).endswith(":sub") and isinstance(text, str)), "")
    return found or (f"a user of {provider}" if provider else "")


def calling_service(event: Event) -> str:
    """Return the service that called on somebody's behalf; empty for a direct call."""
    invoked_by = event.text("userIdentity.invokedBy")
    # The console's own hosts are no service that acts for others.
    named = (name for name in (invoked_by, event.address) if name.endswith(HOST_SUFFIX) and name not in CONSOLE_HOSTS)
    return next(named, "")
