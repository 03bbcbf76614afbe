"""The deployed role, so that a refusal is distinguished from a role that is older.

The role carries the version of its template as a tag, and its policies say what they allow. Both are
read in the account itself, once and only after a refusal: no list of former versions has to be kept.
A role whose tag is of today and which lacks an action was changed by hand, and that is a refusal.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from posture import permissions
from posture.core import tracing
from posture.core.arn import Arn
from posture.core.gap import GapReason
from posture.core.wildcards import covers
from posture.sweep.actions import action_of
from posture.sweep.ask import Perform
from posture.sweep.credentials import SweepRole
from posture.sweep.errors import AskError, CancelledError, Failure, classify, remedy_for

logger = logging.getLogger(__name__)

BY_THE_ROLE = frozenset({GapReason.ROLE_POLICY, GapReason.SESSION_POLICY, GapReason.DENIED})
"""Reasons for which an older role may be the cause; other policies name themselves."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployed role: the version in its tag, empty if none, and allowed patterns."""

    version: str
    allowed: tuple[str, ...]

    @property
    def is_of_today(self) -> bool:
        """Whether it was made by one of today's templates."""
        today = (permissions.member_actions(), permissions.management_actions())
        return self.version in {permissions.policy_version(actions) for actions in today}

    def allows(self, action: str) -> bool:
        """Whether its policies name an action."""
        return any(covers(pattern, action.lower()) for pattern in self.allowed)

    def lacks(self, actions: Sequence[str]) -> list[str]:
        """Return those of the actions that its policies do not allow."""
        return [action for action in actions if not self.allows(action)]


def read(perform: Perform, role: SweepRole, home: str) -> Deployed:
    """Read a role with its own session; raises `AskError` if it may not."""

    def ask(operation: str, **params: Any) -> dict[str, Any]:
        try:
            return perform("iam", operation, home, params)
        except (AskError, CancelledError):
            raise
        except Exception as error:
            raise AskError(classify(error, action_of("iam", operation))) from error

    name = Arn.parse(role.arn).name
    tags = {tag["Key"]: tag["Value"] for tag in ask("get_role", RoleName=name)["Role"].get("Tags", [])}
    attached = ask("list_attached_role_policies", RoleName=name)["AttachedPolicies"]
    allowed: list[str] = []
    for policy in attached:
        arn = policy["PolicyArn"]
        version = ask("get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = ask("get_policy_version", PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        try:
            allowed += _allowed(document)
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            # The account writes them, and may write anything.
            logger.warning("the policy %s of the deployed role could not be read", arn, exc_info=True)
            raise AskError(classify(error, "iam:GetPolicyVersion")) from error
    return Deployed(tags.get(permissions.VERSION_TAG, ""), tuple(allowed))


def _allowed(document: Any) -> list[str]:
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    statements = _several(policy.get("Statement", []))
    return [
        str(action).lower()
        for statement in statements
        if statement.get("Effect") == "Allow"
        for action in _several(statement.get("Action", []))
    ]


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Explained:
    """Performs an account's calls, and marks refusals of an outdated role.

    Many threads may be refused at once; the first reads the role, the others wait for it.
    """

    def __init__(self, perform: Perform, role: SweepRole | None, home: str) -> None:
        self._perform = perform
        self._role = role
        self._home = home
        self._lock = threading.Lock()
        self._was_read = False
        self._deployed: Deployed | None = None

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Perform one call; raises `AskError`, with ROLE_OUT_OF_DATE where that is why."""
        try:
            return self._perform(service, operation, region, params)
        except (AskError, CancelledError):
            raise
        except Exception as error:
            failure = classify(error, action_of(service, operation))
            if _may_be_older(failure) and self._is_older_than(failure.action):
                raise AskError(_out_of_date(failure)) from error
            # Reading the role took calls of its own, and it is this one that is to be reported.
            if failure.call is not None:
                tracing.calling(failure.call)
            raise

    def _is_older_than(self, action: str) -> bool:
        deployed = self._read()
        return bool(deployed and deployed.version and not deployed.is_of_today and not deployed.allows(action))

    def _read(self) -> Deployed | None:
        """Return the role as deployed; None where unreadable: a refusal stays what it is."""
        with self._lock:
            if not self._was_read and self._role is not None:
                self._was_read = True
                try:
                    self._deployed = read(self._perform, self._role, self._home)
                except AskError:
                    self._deployed = None
            return self._deployed


def _may_be_older(failure: Failure) -> bool:
    """Whether an older role may cause a refusal: it allows too little."""
    return failure.reason in BY_THE_ROLE and "explicit deny" not in failure.message


def _out_of_date(failure: Failure) -> Failure:
    reason = GapReason.ROLE_OUT_OF_DATE
    remedy = remedy_for(reason, failure.action, failure.error, failure.message)
    return replace(failure, reason=reason, remedy=remedy)
