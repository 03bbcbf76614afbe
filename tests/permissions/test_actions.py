"""Each action of the role exists, lists or reads, and reads no customer data."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest

from posture import permissions
from posture.permissions import session
from posture.permissions.session import NEVER_READ, SESSION_LIMIT, fits
from posture.sweep.forbidden_actions import DATA_READS, WRITES_THAT_READ
from tests.permissions.aws_reference import entry_of, privileges
from tests.permissions.many_actions import actions_for

LONGEST_NAME = "R" * 64
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")


ROOM_FOR_POLICIES = 6
"""How many of the role's policies a session must have room for, whatever the role is called."""
OBJECTS = ("s3:GetObject", "s3-object-lambda:")
"""What reads objects, or properties of single objects: nobody's configuration."""


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


def test_the_session_refuses_no_other_read() -> None:
    """A pattern that is too wide would refuse what a collector is to read some day."""
    refused = {
        f"{prefix}:{entry['name']}"
        for prefix in {pattern.split(":")[0] for pattern in NEVER_READ}
        for entry in privileges(prefix).values()
        if entry["access_level"] in {"List", "Read"} and refused_by(f"{prefix}:{entry['name']}")
    }
    assert {action for action in refused - DATA_READS if not action.startswith(OBJECTS)} == set()


@pytest.mark.parametrize("partition", PARTITIONS)
def test_session_policies_stay_within_what_sts_takes(partition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the longest role name, and many more actions than today's."""
    many = actions_for(ROOM_FOR_POLICIES)
    assert len(many) > 3 * len(permissions.management_actions())
    monkeypatch.setattr(session, "management_actions", lambda: many)
    role = f"arn:{partition}:iam::111122223333:role/some/path/{LONGEST_NAME}"
    policy = permissions.session_policy(partition)

    arns = permissions.session_policies(role, ours=True, organization=True)

    assert len(arns) == ROOM_FOR_POLICIES
    assert fits(arns, policy)
    assert fits(permissions.session_policies(role, ours=False, organization=True), policy)
    assert json.loads(policy)["Statement"][0]["Effect"] == "Deny"
    assert not fits([*arns, "a" * SESSION_LIMIT], policy)
    assert not fits(["a"] * 11, policy)


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
