"""`manage.py who_can` shows who may do an action, within what a user may see."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.core.resource import GLOBAL, Resource
from tests.core.iam.test_who_can import EVERYTHING, READS, document
from tests.history.world import sweep
from tests.identity.identities import AT, role
from tests.web.world import World

OBJECT = "arn:aws:s3:::records/2026/may.csv"
ORGANIZATION_TYPES = (
    "AWS::Organizations::Organization",
    "AWS::Organizations::Account",
    "AWS::Organizations::Policy",
)
IAM_TYPES = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::ManagedPolicy")
TYPES = (*IAM_TYPES, "AWS::S3::Bucket", "AWS::S3::AccountPublicAccessBlock")


def run(*arguments: str) -> str:
    """Return what the command writes."""
    out = StringIO()
    call_command("who_can", *arguments, stdout=out)
    return out.getvalue()


def answers(*arguments: str) -> dict[str, Any]:
    """Return what the command writes as JSON."""
    found: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return found


def owned(resource: Resource, account: AwsAccount) -> Resource:
    """Return a resource as one of an account."""
    return Resource(
        resource.type, resource.arn, account.account_id, resource.region, resource.name, resource.raw_config
    )


def record(account: AwsAccount, gaps: tuple[Gap, ...] = ()) -> None:
    """Record a bucket, a role that may read it, and one that may not."""
    inline = [{"PolicyName": "own", "PolicyDocument": document(READS)}]
    config = {
        "Policy": None,
        "PublicAccessBlockConfiguration": None,
        "Acl": {"Owner": {"ID": "a1"}, "Grants": []},
        "OwnershipControls": None,
    }
    bucket = Resource("AWS::S3::Bucket", "arn:aws:s3:::records", "", "eu-central-1", "records", config)
    found = [role("app", RolePolicyList=inline), role("idle"), bucket]
    sweep(
        account,
        AT,
        [owned(one, account) for one in found],
        gaps,
        swept_types=TYPES,
        global_types=(*IAM_TYPES, "AWS::S3::AccountPublicAccessBlock"),
        regions=("eu-central-1",),
    )


def record_organization(management: AwsAccount, member: AwsAccount, *, denies: bool) -> None:
    """Record the Organization's policies, as its management account lists them."""
    scp = {"Id": "p-1", "Name": "x", "Type": "SERVICE_CONTROL_POLICY", "From": "r-1"}
    deny = {"Effect": "Deny", "Action": ["s3:*"], "Resource": ["*"]}
    content = document(EVERYTHING, deny) if denies else document(EVERYTHING)
    account = {"Id": member.account_id, "IsManagementAccount": False, "Policies": [scp]}
    made: list[tuple[str, str, dict[str, Any]]] = [
        ("Organization", "o-1", {"Id": "o-1"}),
        ("Account", "payments", account),
        ("Policy", "limit", {"Id": "p-1", "Content": content}),
    ]
    resources = [
        Resource(f"AWS::Organizations::{kind}", f"arn:{kind}", management.account_id, GLOBAL, name, config)
        for kind, name, config in made
    ]
    sweep(management, AT, resources, swept_types=ORGANIZATION_TYPES, global_types=ORGANIZATION_TYPES, regions=())


@pytest.mark.django_db
def test_it_shows_who_may_and_through_what(world: World) -> None:
    record(world.ours)
    record_organization(world.theirs, world.ours, denies=False)
    found = {one["name"]: one for one in answers("s3:GetObject", OBJECT, "--user", "ada")["found"]}
    assert (found["app"]["decision"], found["app"]["by"]) == ("allowed", ["inline policy own.Statement[0]"])
    assert "idle" not in found
    text = run("s3:GetObject", OBJECT, "--user", "ada")
    assert "app (role)" in text
    assert "by inline policy own.Statement[0]" in text
    assert "26 September 2026" in text


@pytest.mark.django_db
def test_a_guardrail_of_the_organization_denies(world: World) -> None:
    record(world.ours)
    record_organization(world.theirs, world.ours, denies=True)
    assert answers("s3:GetObject", OBJECT, "--user", "ada")["found"] == []


@pytest.mark.django_db
def test_an_owner_who_sees_no_guardrails_is_not_shown_them(world: World) -> None:
    """What another account lists is not shown: the answer says that it was not read."""
    record(world.ours)
    record_organization(world.theirs, world.ours, denies=True)
    found = {one["name"]: one for one in answers("s3:GetObject", OBJECT, "--user", "olga")["found"]}
    assert found["app"]["decision"] == "unknown"
    assert "organizations:ListPolicies" in found["app"]["blind"][0]


@pytest.mark.django_db
def test_what_a_user_does_not_see_is_not_there(world: World) -> None:
    record(world.ours)
    for arguments in (("s3:GetObject", OBJECT, "--user", "otto"), ("s3:GetObject", "arn:aws:s3:::no", "--user", "ada")):
        with pytest.raises(CommandError, match="sees no resource"):
            run(*arguments)
    with pytest.raises(CommandError, match="no active user"):
        run("s3:GetObject", OBJECT, "--user", "nobody")
    with pytest.raises(CommandError, match="not an IAM action"):
        run("GetObject", OBJECT, "--user", "ada")


@pytest.mark.django_db
def test_principals_that_could_not_be_listed_are_said(world: World) -> None:
    kind = "AWS::IAM::User"
    record(world.ours, (Gap(world.ours.account_id, GLOBAL, kind, "iam:List", GapReason.DENIED, "AccessDenied"),))
    assert "AWS::IAM::User (iam:List failed with AccessDenied)" in run("s3:GetObject", OBJECT, "--user", "olga")
