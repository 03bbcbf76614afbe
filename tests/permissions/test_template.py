"""The generated role has what the code needs, within AWS's limits."""

from __future__ import annotations

import json

import pytest
from cfnlint.api import ManualArgs, lint
from cfnlint.core import get_rules

from posture import permissions
from posture.permissions import MANAGED_POLICY_LIMIT, RoleSpec, template
from posture.permissions.policies import ROLE_POLICIES_MAX
from tests.permissions.many_actions import actions_for

TEMPLATE_BODY_LIMIT = 51_200
"""Bytes of a template that is given to CloudFormation by itself and not through a bucket (CloudFormation quotas)."""

SPEC = RoleSpec(
    role_name="audit/PlumblineReadOnly",
    external_id="plumbline-0123456789abcdef",
    trusted_principal="arn:aws:iam::111122223333:role/plumbline",
    organization_id="o-a1b2c3d4e5",
)


@pytest.mark.parametrize("make", [permissions.member_template, permissions.management_template])
def test_cloudformation_takes_the_template(make: object) -> None:
    """cfn-lint, which knows CloudFormation's own schemas, has nothing to say."""
    text = make(SPEC)  # type: ignore[operator]
    problems = lint(text, get_rules([], [], ["I"]), ["eu-central-1"], ManualArgs(regions=["eu-central-1"]))
    assert [str(problem) for problem in problems] == []


@pytest.mark.parametrize("count", [1, 3, ROLE_POLICIES_MAX])
def test_the_template_has_as_many_policies_as_the_actions_need(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is attached to the role, and CloudFormation takes the text as it is."""
    actions = actions_for(count)
    monkeypatch.setattr(template, "member_actions", lambda: actions)

    text = permissions.member_template(SPEC)

    resources = json.loads(text)["Resources"]
    assert list(resources) == [*(f"Read{number}" for number in range(1, count + 1)), "Role"]
    assert resources["Role"]["Properties"]["ManagedPolicyArns"] == [{"Ref": name} for name in list(resources)[:-1]]
    names = [one["Properties"].get("ManagedPolicyName", {}).get("Fn::Sub") for one in resources.values()]
    assert names == [*(f"${{RoleName}}-Read{number}" for number in range(1, count + 1)), None]
    assert len(text) < TEMPLATE_BODY_LIMIT or count == ROLE_POLICIES_MAX
    but_for_actions = get_rules([], ["W3037"], ["I"])
    problems = lint(text, but_for_actions, ["eu-central-1"], ManualArgs(regions=["eu-central-1"]))
    assert [str(problem) for problem in problems] == []


def test_the_role_has_no_more_policies_than_aws_lets_it_have() -> None:
    assert len(permissions.split_policies(permissions.management_actions())) <= ROLE_POLICIES_MAX


def test_every_action_is_in_exactly_one_policy_below_the_limit() -> None:
    """Nothing is lost or doubled by splitting."""
    actions = permissions.management_actions()
    policies = permissions.split_policies(actions)
    spread = [action for policy in policies for action in policy["Statement"][0]["Action"]]
    assert tuple(spread) == actions
    assert all(len(json.dumps(policy, separators=(",", ":"))) <= MANAGED_POLICY_LIMIT for policy in policies)


def test_trust_asks_for_caller_external_id_and_organization() -> None:
    """All three must match before the role is given away."""
    text = json.loads(permissions.member_template(SPEC))
    statement = text["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    narrow = statement["Condition"]["Fn::If"][1]
    assert set(narrow["StringEquals"]) == {"sts:ExternalId", "aws:PrincipalOrgID"}
    assert set(narrow["ArnEquals"]) == {"aws:PrincipalArn"}
    assert text["Resources"]["Role"]["Properties"]["Path"] == "/audit/"
    assert text["Parameters"]["RoleName"]["Default"] == "PlumblineReadOnly"


def test_members_read_nothing_of_the_organization_but_its_id() -> None:
    """Least privilege: a member is asked only which Organization it belongs to."""
    asked = [action for action in permissions.member_actions() if action.startswith("organizations:")]
    assert asked == ["organizations:DescribeOrganization"]


def test_version_moves_with_the_actions() -> None:
    """The tag on a deployed role shows whether it is out of date."""
    assert permissions.policy_version(["a:B", "c:D"]) == permissions.policy_version(["c:D", "a:B"])
    assert permissions.policy_version(["a:B"]) != permissions.policy_version(["a:B", "c:D"])
