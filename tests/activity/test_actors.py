"""Who did an event: every kind of identity, chains of roles, and channels."""

from __future__ import annotations

from typing import Any

import pytest

from posture.activity.actors import Actor, ActorKind, channel, index_sessions, resolve
from posture.activity.events import Event
from tests.activity.example_events import ACCOUNT, events_of

SSO = "AWSReservedSSO_Admin_Access_0123456789abcdef"


def event(**raw: Any) -> Event:
    return events_of({"event": "iam:CreateUser", **raw})[0]


def identity(**raw: Any) -> Event:
    return event(userIdentity={"accountId": ACCOUNT, **raw})


def session(role: str, name: str, key: str = "ASIA1", context: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "accountId": ACCOUNT,
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        "accessKeyId": key,
        "sessionContext": {"sessionIssuer": {"userName": role}, **(context or {})},
    }


def assume(caller: dict[str, Any], key: str, **raw: Any) -> Event:
    handed = {"credentials": {"accessKeyId": key}}
    return events_of({"event": "sts:AssumeRole", "userIdentity": caller, "responseElements": handed, **raw})[0]


def test_root_and_users_are_themselves() -> None:
    assert resolve(identity(type="Root")).label == f"root user of {ACCOUNT}"
    user = resolve(identity(type="IAMUser", userName="alice"))
    assert (user.kind, user.name, user.is_self_chosen) == (ActorKind.IAM_USER, "alice", False)
    assert user.label == f"alice, IAM user of {ACCOUNT}"


def test_identity_center_is_the_session_name_by_a_permission_set() -> None:
    found = resolve(event(userIdentity=session(SSO, "alice@example.com")))
    assert (found.kind, found.name, found.via) == (
        ActorKind.IDENTITY_CENTER,
        "alice@example.com",
        "permission set Admin_Access",
    )
    assert not found.is_self_chosen
    users = resolve(identity(type="IdentityCenterUser", onBehalfOf={"userId": "u-1"}))
    assert (users.kind, users.name) == (ActorKind.IDENTITY_CENTER, "u-1")


def test_source_identity_goes_before_everything_a_session_says() -> None:
    context = {"sourceIdentity": "alice", "webIdFederationData": {"federatedProvider": "p"}}
    found = resolve(event(userIdentity=session(SSO, "bob", context=context)))
    assert (found.name, found.basis) == ("alice", "sourceIdentity")


def test_users_of_a_provider_are_its_subjects() -> None:
    data = {"federatedProvider": "token.actions", "attributes": {"token.actions:sub": "repo:shop:main"}}
    found = resolve(event(userIdentity=session("deploy", "x", context={"webIdFederationData": data})))
    assert (found.kind, found.name, found.via) == (ActorKind.FEDERATED, "repo:shop:main", "deploy")


@pytest.mark.parametrize(
    ("name", "machine"),
    [
        ("i-0123456789abcdef0", "EC2 instance"),
        ("botocore-session-1722587398", "SDK for Python"),
        ("aws-go-sdk-1722587398902687000", "SDK for Go"),
        ("GitHubActions", "GitHub Actions"),
        ("i-am-alice", ""),
    ],
)
def test_session_names_prove_nothing(name: str, machine: str) -> None:
    found = resolve(event(userIdentity=session("web", name)))
    assert (found.machine, found.is_self_chosen) == (machine, True)
    assert ("self-chosen name" in found.label) is not bool(machine)


def test_chains_lead_to_who_assumed_the_first_role() -> None:
    alice = {"type": "IAMUser", "userName": "alice", "accountId": ACCOUNT}
    sessions = index_sessions([assume(alice, "ASIA1"), assume(session("first", "x", "ASIA1"), "ASIA2")])
    found = resolve(event(userIdentity=session("second", "bob", "ASIA2")), sessions)
    assert (found.kind, found.name, found.via, found.basis) == (
        ActorKind.IAM_USER,
        "alice",
        "first → second",
        "chain of roles",
    )
    assert not found.is_self_chosen


def test_a_chain_across_accounts_is_followed_by_the_callers_event() -> None:
    alice = {"type": "IAMUser", "userName": "alice", "accountId": ACCOUNT}
    theirs = assume({"type": "AWSAccount", "accountId": ACCOUNT}, "ASIA1", recipientAccountId="222222222222")
    for order in ([theirs, assume(alice, "ASIA1")], [assume(alice, "ASIA1"), theirs]):
        assert resolve(event(userIdentity=session("r", "x")), index_sessions(order)).name == "alice"


def test_a_ring_of_roles_ends() -> None:
    ring = [assume(session("a", "x", "ASIA1"), "ASIA2"), assume(session("b", "y", "ASIA2"), "ASIA1")]
    assert isinstance(resolve(event(userIdentity=session("a", "x", "ASIA1")), index_sessions(ring)), Actor)


def test_refused_assumptions_hand_out_nothing() -> None:
    assert not index_sessions([assume({"type": "Root"}, "ASIA1", errorCode="AccessDenied")])


def test_services_act_for_somebody_or_on_their_own() -> None:
    alice = {"type": "IAMUser", "userName": "alice", "invokedBy": "cloudformation.amazonaws.com"}
    assert resolve(event(userIdentity=alice)).label == "cloudformation.amazonaws.com, for alice, IAM user"
    alone = resolve(event(userIdentity={"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}))
    assert (alone.kind, alone.label) == (ActorKind.SERVICE, "autoscaling.amazonaws.com, AWS service")
    own = resolve(event(eventType="AwsServiceEvent", userIdentity={}))
    assert (own.kind, own.name) == (ActorKind.SERVICE, "iam.amazonaws.com")
    console = {"type": "IAMUser", "userName": "alice", "invokedBy": "signin.amazonaws.com"}
    assert resolve(event(userIdentity=console)).service == ""


@pytest.mark.parametrize("broken", [None, "x", [], {"type": 3}, {"type": "AssumedRole", "arn": {}}, {"type": "New"}])
def test_odd_identities_are_unknown_and_break_nothing(broken: Any) -> None:
    found = resolve(event(userIdentity=broken))
    assert found.kind in {ActorKind.UNKNOWN, ActorKind.ROLE}
    assert found.name


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("aws-cli/2.31.0 md/awscrt#0.27", "CLI"),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.9 (+https://www.terraform.io) aws-sdk-go-v2/1.30", "Terraform"),
        ("Boto3/1.43 md/Botocore#1.43", "SDK"),
        ("aws-sdk-js/3.0 cdk/2.100 aws-cdk/2.100", "CDK"),
        ("signin.amazonaws.com", "console"),
        ("cloudformation.amazonaws.com", "service"),
        ("Mozilla/5.0 (X11)", "browser"),
        ("curl/8", "other"),
    ],
)
def test_channels_are_read_from_the_agent(agent: str, expected: str) -> None:
    assert channel(event(userAgent=agent)) == expected
    assert channel(event(userAgent=agent, sessionCredentialFromConsole="true")) == "console"
