"""The role's managed policies: how actions are spread over them, names, version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

MANAGED_POLICY_LIMIT = 6144
"""Characters of a customer-managed policy; white space does not count (IAM quotas)."""

ROLE_POLICIES_MAX = 10
"""Managed policies that a role may have where nobody asked AWS for more (IAM quotas)."""

VERSION_TAG = "plumbline:policy-version"
"""The tag on the deployed role that holds `policy_version` of its actions."""


def policy_version(actions: Iterable[str]) -> str:
    """Return a short digest of a list of actions; the deployed role has it as a tag."""
    return hashlib.sha256("\n".join(sorted(actions)).encode()).hexdigest()[:12]


def policy_name(role_name: str, number: int) -> str:
    """Return the name of a role's managed policy, counted from 1."""
    return f"{role_name}-Read{number}"


def split_policies(actions: Sequence[str]) -> list[dict[str, Any]]:
    """Spread actions over as few policies as IAM's limit allows, services in order."""
    batches: list[list[str]] = [[]]
    for action in actions:
        if size(_policy([*batches[-1], action])) > MANAGED_POLICY_LIMIT:
            batches.append([])
        batches[-1].append(action)
    return [_policy(batch) for batch in batches]


def _policy(actions: Sequence[str]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": list(actions), "Resource": "*"}],
    }


def size(document: dict[str, Any]) -> int:
    """Return how many characters a policy counts: those without white space."""
    return len(json.dumps(document, separators=(",", ":")))
