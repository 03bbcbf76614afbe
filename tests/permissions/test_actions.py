"""Each action of the role exists, lists or reads, and reads no customer data."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest

from posture import permissions
from posture.permissions.session import NEVER_READ, SESSION_LIMIT, fits
from posture.sweep.forbidden_actions import DATA_READS, WRITES_THAT_READ
from tests.permissions.aws_reference import entry_of

LONGEST_NAME = "R" * 64
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")


def refused_by(action: str) -> list[str]:
    """Return the patterns of the session's Deny that meet an action."""
    return [pattern for pattern in NEVER_READ if fnmatchcase(action.lower(), pattern.lower())]


@pytest.mark.parametrize("action", permissions.management_actions())
def test_the_role_holds_only_what_lists_or_reads_configuration(action: str) -> None:
    known = entry_of(action)

    assert known is not None, f"AWS knows no {action}"
    assert known["name"] == action.split(":")[1], "in AWS's own spelling"
    assert known["access_level"] in {"List", "Read"} or action in WRITES_THAT_READ
    assert action not in DATA_READS
    assert not refused_by(action), "the session's own Deny would refuse it"


def test_the_denylist_names_what_exists_and_what_aws_calls_a_read() -> None:
    """A list of misspelt names would forbid nothing."""
    assert [action for action in sorted(DATA_READS) if entry_of(action) is None] == []


@pytest.mark.parametrize("action", sorted(DATA_READS))
def test_whatever_reads_customers_data_is_refused_in_the_session_itself(action: str) -> None:
    assert refused_by(action)


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("organization", [True, False])
@pytest.mark.parametrize("ours", [True, False])
def test_session_policies_stay_within_what_sts_takes(partition: str, *, organization: bool, ours: bool) -> None:
    """With the longest role name, and two more policies than today's actions fill."""
    role = f"arn:{partition}:iam::111122223333:role/some/path/{LONGEST_NAME}"
    arns = permissions.session_policies(role, ours=ours, organization=organization)
    policy = permissions.session_policy(partition)

    assert fits(arns, policy)
    assert len(policy) + sum(map(len, arns)) + 2 * 120 <= SESSION_LIMIT, "room for two more policies"
    assert json.loads(policy)["Statement"][0]["Effect"] == "Deny"
    assert not fits([*arns, "a" * SESSION_LIMIT], policy)


def test_where_nothing_is_known_of_the_role_the_session_refuses_what_must_never_be_read() -> None:
    """A session policy that only refuses would allow nothing."""
    policy = permissions.session_policy("aws-us-gov", allows_rest=True)

    assert fits([], policy)
    assert [statement["Effect"] for statement in json.loads(policy)["Statement"]] == ["Allow", "Deny", "Deny"]


def test_a_session_is_narrowed_by_the_policies_that_the_template_makes() -> None:
    """The same names, in the same account, without the role's path.

    The policies have none.
    """
    role = "arn:aws:iam::111122223333:role/audit/PlumblineReadOnly"
    made = permissions.split_policies(permissions.management_actions())

    named = permissions.session_policies(role, ours=True, organization=True)

    assert named == tuple(
        f"arn:aws:iam::111122223333:policy/PlumblineReadOnly-Read{number}" for number in range(1, len(made) + 1)
    )


def test_a_role_of_ones_own_is_narrowed_by_awss_policies() -> None:
    role = "arn:aws-us-gov:iam::111122223333:role/auditor"
    assert permissions.session_policies(role, ours=False, organization=False) == (
        "arn:aws-us-gov:iam::aws:policy/SecurityAudit",
        "arn:aws-us-gov:iam::aws:policy/job-function/ViewOnlyAccess",
    )
