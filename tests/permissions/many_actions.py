"""More IAM actions than one policy may hold."""

from __future__ import annotations

from collections.abc import Sequence

from posture.permissions import split_policies


def actions_for(policies: int) -> Sequence[str]:
    """Return invented actions, sorted, that fill a number of policies."""
    actions = [f"service{number:04}:DescribeThings" for number in range(policies * 300)]
    split = split_policies(actions)
    assert len(split) > policies, "there are enough to fill them"
    return tuple(action for policy in split[:policies] for action in policy["Statement"][0]["Action"])
