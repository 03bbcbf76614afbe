"""Who may do an action, by the stored resources of one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from posture.core.iam import Answer
from posture.core.iam.guardrails import Guardrails, guardrails_of
from posture.core.iam.inventory import AccountPrincipals
from posture.core.iam.resource_side import resource_side
from posture.core.iam.who_can import OUTSIDE, STRANGER, Access, who_can
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown

OWN, PARTNER, MEMBER = "111122223333", "999999999999", "444455556666"
OBJECT = "arn:aws:s3:::records/x"
FREE = Guardrails((), (), is_management=False, organization_id="o-1", members=frozenset({OWN, MEMBER}))
EVERYTHING = {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}
READS = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::records/*"]}
CLOSED = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
REFUSED = Unknown("iam:GetAccountAuthorizationDetails", "AccessDenied", "denied")


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(name: str, *statements: Mapping[str, Any], tags: Any = None, **config: Any) -> Resource:
    """Return a role with one inline policy."""
    trust = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["ec2.amazonaws.com"]}}
    full = {
        "Path": "/",
        "AssumeRolePolicyDocument": document(trust),
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document(*statements)}] if statements else [],
        "AttachedManagedPolicies": [],
        "PermissionsBoundary": None,
        **config,
    }
    return Resource("AWS::IAM::Role", f"arn:aws:iam::{OWN}:role/{name}", OWN, GLOBAL, name, full, raw_tags=tags or {})


def user(name: str, **config: Any) -> Resource:
    """Return a user without policies."""
    full = {
        "GroupList": [],
        "UserPolicyList": [],
        "AttachedManagedPolicies": [],
        "PermissionsBoundary": None,
        **config,
    }
    return Resource("AWS::IAM::User", f"arn:aws:iam::{OWN}:user/{name}", OWN, GLOBAL, name, full)


def bucket(*statements: Mapping[str, Any], **config: Any) -> Resource:
    """Return a bucket with a policy."""
    full = {
        "Policy": document(*statements) if statements else None,
        "PublicAccessBlockConfiguration": None,
        "Acl": {"Owner": {"ID": "a1"}, "Grants": []},
        "OwnershipControls": None,
        **config,
    }
    return Resource("AWS::S3::Bucket", "arn:aws:s3:::records", OWN, "eu-central-1", "records", full)


def account_block(**settings: bool) -> Resource:
    """Return the account's public access block."""
    config = {"PublicAccessBlockConfiguration": settings or None}
    return Resource("AWS::S3::AccountPublicAccessBlock", f"arn:aws:s3::{OWN}:block", OWN, GLOBAL, "block", config)


def ask(
    *resources: Resource,
    of: Resource | None = None,
    action: str = "s3:GetObject",
    arn: str = OBJECT,
    guardrails: Guardrails = FREE,
) -> dict[str, Access]:
    """Return who may read an object, by name; the root user left out."""
    around = [account_block(), *resources]
    principals = AccountPrincipals(OWN, around, is_management=guardrails.is_management)
    side = resource_side(of or bucket(), arn, around, is_management=guardrails.is_management)
    found = who_can(action, side, list(principals.all()), guardrails)
    return {one.name: one for one in found if one.name != "Root user"}


def values(found: Mapping[str, Access]) -> dict[str, Answer]:
    """Return the answers by name."""
    return {name: one.decision.value for name, one in found.items()}


def test_principals_of_the_account_may_by_policies_of_their_own() -> None:
    group = Resource(
        "AWS::IAM::Group",
        f"arn:aws:iam::{OWN}:group/team",
        OWN,
        GLOBAL,
        "team",
        {
            "GroupPolicyList": [{"PolicyName": "reads", "PolicyDocument": document(READS)}],
            "AttachedManagedPolicies": [],
        },
    )
    found = ask(role("app", READS), role("idle"), user("alice", GroupList=["team"]), group)
    assert values(found) == {"alice": Answer.ALLOWED, "app": Answer.ALLOWED}
    assert found["app"].decision.by == ("inline policy own.Statement[0]",)
    assert found["alice"].decision.by == ("inline policy reads of group team.Statement[0]",)


def test_boundaries_and_guardrails_limit_them() -> None:
    arn = f"arn:aws:iam::{OWN}:policy/limit"
    limit = document({**EVERYTHING, "Action": ["ec2:*"]})
    boundary = Resource("AWS::IAM::ManagedPolicy", arn, OWN, GLOBAL, "limit", {"PolicyDocument": limit})
    assert values(ask(role("app", READS, PermissionsBoundary=arn), boundary)) == {}
    assert values(ask(role("app", READS, PermissionsBoundary=arn))) == {"app": Answer.UNKNOWN}
    unread = ask(role("app", READS), guardrails=Guardrails())
    assert values(unread)["app"] is Answer.UNKNOWN
    assert "organizations:ListPolicies" in unread["app"].decision.blind[0]


def test_what_was_not_read_of_a_principal_is_not_known() -> None:
    found = ask(role("app", RolePolicyList=REFUSED), user("bob", GroupList=["gone"]))
    assert values(found) == {"bob": Answer.UNKNOWN, "app": Answer.UNKNOWN}
    assert found["app"].decision.blind == (
        "inline policies (iam:GetAccountAuthorizationDetails failed with AccessDenied)",
    )


def test_tags_count_unless_sessions_may_bring_their_own() -> None:
    by_tag = {**READS, "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["red"]}}}
    tagging = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"AWS": [OWN]}}
    found = ask(
        role("red", by_tag, tags={"team": "red"}),
        role("blue", by_tag, tags={"team": "blue"}),
        role("any", by_tag, AssumeRolePolicyDocument=document(tagging)),
    )
    assert values(found) == {"red": Answer.ALLOWED, "any": Answer.UNKNOWN}
    assert "if aws:PrincipalTag/team is red" in found["any"].decision.unless


def test_what_callers_choose_is_met_and_what_takes_a_place_remains() -> None:
    tls = {**READS, "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}}
    office = {**READS, "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}}
    found = ask(role("tls", tls), role("office", office))
    assert values(found) == {"tls": Answer.ALLOWED, "office": Answer.UNKNOWN}
    assert found["office"].decision.unless == ("if aws:SourceIp is in 203.0.113.0/24",)


def test_outsiders_are_those_whom_the_resource_lets_in() -> None:
    partner = {**READS, "Principal": {"AWS": [f"arn:aws:iam::{PARTNER}:root"]}}
    members = {**READS, "Principal": {"AWS": ["*"]}, "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-1"]}}}
    service = {**READS, "Principal": {"Service": ["logging.s3.amazonaws.com"]}}
    found = ask(of=bucket(partner, members, service))
    assert values(found) == {f"account {PARTNER}": Answer.ALLOWED, "service logging.s3.amazonaws.com": Answer.ALLOWED}
    assert found[f"account {PARTNER}"].decision.unless[0] == OUTSIDE
    assert found[f"account {PARTNER}"].decision.by == ("resource.Statement[0]",)
    fenced = {**members, "Principal": {"AWS": [PARTNER, MEMBER]}}
    assert values(ask(of=bucket(fenced))) == {f"account {MEMBER}": Answer.ALLOWED}


def test_everyone_may_unless_public_access_is_blocked() -> None:
    public = {**READS, "Principal": {"AWS": ["*"]}}
    found = ask(of=bucket(public))
    assert values(found) == {"anyone, without signing in": Answer.ALLOWED, STRANGER: Answer.ALLOWED}
    assert values(ask(of=bucket(public, PublicAccessBlockConfiguration=CLOSED))) == {}
    assert values(ask(account_block(**CLOSED), of=bucket(public))) == {}
    refused = Unknown("s3:GetBucketPublicAccessBlock", "AccessDenied", "denied")
    hidden = ask(of=bucket(public, PublicAccessBlockConfiguration=refused))
    assert set(values(hidden).values()) == {Answer.UNKNOWN}


def test_a_policy_that_is_not_collected_is_not_known() -> None:
    layer = "arn:aws:lambda:eu-central-1:111122223333:layer:tools"
    other = Resource("AWS::Lambda::LayerVersion", layer, OWN, "eu-central-1", "tools", {})
    found = ask(role("idle"), of=other, action="lambda:GetLayerVersion", arn=layer)
    assert values(found)["idle"] is Answer.UNKNOWN
    address = "arn:aws:ec2:eu-central-1:111122223333:elastic-ip/e-1"
    plain = Resource("AWS::EC2::EIP", address, OWN, "eu-central-1", "e-1", {})
    assert values(ask(role("idle"), of=plain, action="ec2:ReleaseAddress", arn=address)) == {}


def guardrail_resources(policies: Sequence[Mapping[str, Any]], **texts: Any) -> list[Resource]:
    """Return an Organization with one member and its policies."""
    account = {"Id": OWN, "IsManagementAccount": False, "Policies": policies}
    return [
        Resource("AWS::Organizations::Organization", "arn:o", MEMBER, GLOBAL, "o-1", {"Id": "o-1"}),
        Resource("AWS::Organizations::Account", "arn:a", MEMBER, GLOBAL, "app", account),
        *(
            Resource("AWS::Organizations::Policy", f"arn:p:{name}", MEMBER, GLOBAL, name, {"Id": name, "Content": text})
            for name, text in texts.items()
        ),
    ]


def test_guardrails_are_read_level_by_level() -> None:
    scp = {"Name": "", "Type": "SERVICE_CONTROL_POLICY"}
    attached = [
        {**scp, "Id": "p1", "From": "r-1"},
        {**scp, "Id": "p2", "From": "r-1"},
        {**scp, "Id": "p1", "From": OWN},
    ]
    denies = document({"Effect": "Deny", "Action": ["s3:*"], "Resource": ["*"]})
    found = guardrails_of(OWN, guardrail_resources(attached, p1=document(EVERYTHING), p2=denies))
    assert (list(map(len, found.scp)), found.rcp, found.organization_id) == ([2, 1], (), "o-1")
    assert values(ask(role("app", READS), guardrails=found)) == {}
    missing = guardrails_of(OWN, guardrail_resources(attached, p1=document(EVERYTHING)))
    assert values(ask(role("app", READS), guardrails=missing)) == {"app": Answer.UNKNOWN}
    assert guardrails_of("222222222222", guardrail_resources(attached)).is_management is None
