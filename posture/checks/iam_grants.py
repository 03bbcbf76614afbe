"""Which statements of identity policies allow too much. Declares no check."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from posture.core.check import Example, Remediation, denied, does_not_apply, fails, is_unknown, passes
from posture.core.conditions import Asked, pins
from posture.core.outcome import Outcome, failed, not_applicable, passed, unknown
from posture.core.policy import Statement, parse
from posture.core.resource import GLOBAL, Resource
from posture.core.values import all_found
from posture.core.wildcards import covers

DETAILS = "iam:GetAccountAuthorizationDetails"
UNREADABLE = denied(DETAILS)
DECRYPTS = ("kms:Decrypt", "kms:ReEncryptFrom")
_EVERY_ARN = tuple(f"arn:{partition}:*:*:*:*" for partition in ("aws", "aws-cn", "aws-us-gov"))
Wide = Callable[[Statement], bool]
EVERYTHING_WRONG, EVERYTHING_RIGHT = "allows every action on every resource", "No inline policy allows everything."
KEYS_WRONG, KEYS_RIGHT = "allows decrypting by every key", "No inline policy allows decrypting by every key."
ADMINISTRATOR_ALIASES = ("prowler:iam_inline_policy_no_administrative_privileges",)


class Grant(NamedTuple):
    """An allowing statement of an inline policy, and where it is in the configuration."""

    policy: str
    """The name of the inline policy."""
    root: str
    statement: Statement

    @property
    def path(self) -> str:
        """The evidence path of the statement."""
        return self.statement.path("", self.root)


def statement(**parts: Any) -> dict[str, Any]:
    """Return a policy of one allowing statement, for examples."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": ["*"], **parts}]}


READ = statement(Action=["s3:GetObject"], Resource=["arn:aws:s3:::releases/*"])
EVERYTHING = statement(Action=["*"])
DECRYPTS_ALL = statement(Action=["kms:Decrypt"])


def inline_examples(key: str, wide: dict[str, Any], **rest: Any) -> tuple[Example, ...]:
    """Return examples of inline policies under `key`; one has a statement too wide."""

    def user_with(*documents: Any) -> dict[str, Any]:
        read = [{"PolicyName": f"p{number}", "PolicyDocument": each} for number, each in enumerate(documents, start=1)]
        return {**rest, key: read}

    return (
        passes(user_with(READ), region=GLOBAL),
        fails(user_with(READ, wide), region=GLOBAL),
        fails(user_with(UNREADABLE, wide), "another cannot be read", region=GLOBAL),
        is_unknown(user_with(READ, UNREADABLE), region=GLOBAL),
        is_unknown({**rest, key: UNREADABLE}, region=GLOBAL),
        does_not_apply(user_with(), "no inline policy", region=GLOBAL),
    )


def edit_inline(area: str) -> Remediation:
    """Return how to narrow an inline policy in an area of IAM's console."""
    return Remediation(
        console=f"IAM → {area} → {{name}} → Permissions → the inline policy → Edit: list the actions and resources "
        "that are used.",
    )


def is_everything(allowed: Statement) -> bool:
    """Return True for `*` on `*`, however written and whatever the conditions."""
    return any(covers(each, "*:*") for each in allowed.actions) and any(
        covers(each, every) for each in allowed.resources for every in _EVERY_ARN
    )


def is_whole_service(allowed: Statement) -> bool:
    """Return True if a statement allows all actions of a service, or all but some."""
    return bool(allowed.not_actions) or any(
        "*" in action and not action.partition(":")[2].strip("*?") for action in allowed.actions
    )


def decrypts_by_every_key(allowed: Statement) -> bool:
    """Return True if a statement allows decrypting by any KMS key of a region."""
    return bool(allowed.touches(DECRYPTS)) and _on_every(allowed, "kms", "key/*")


def passes_any_role(allowed: Statement) -> bool:
    """Return True if a statement lets pass any role to any service."""
    asks_service = any(pins(each, "iam:PassedToService", _names_service) for each in allowed.conditions)
    return allowed.does("iam:PassRole") and not is_everything(allowed) and not asks_service and _any_role(allowed)


def assumes_any_role(allowed: Statement) -> bool:
    """Return True if a statement allows assuming any role that trusts this account."""
    return allowed.does("sts:AssumeRole") and not is_everything(allowed) and _any_role(allowed)


def _names_service(service: Asked) -> bool:
    return bool(service.start)


def _any_role(allowed: Statement) -> bool:
    return _on_every(allowed, "iam", "role/*")


def _on_every(allowed: Statement, service: str, what: str) -> bool:
    """Return True if a statement is about all resources of a kind in a service.

    Of an account and region at least.
    """
    if allowed.not_resources:
        return not any(_is_every(each, service, what) for each in allowed.not_resources)
    return any(_is_every(each, service, what) for each in allowed.resources)


def _is_every(pattern: str, service: str, what: str) -> bool:
    parts = pattern.split(":", 5)
    partition, region, account = (parts[index] if index < len(parts) else "*" for index in (1, 3, 4))
    return covers(pattern, f"arn:{partition}:{service}:{region}:{account}:{what}")


def judge_managed(policy: Resource, wide: Wide, wrong: str, right: str) -> Outcome:
    """Fail by the first statement of a managed policy that is too wide."""
    document = policy.config["PolicyDocument"]
    if document is None:
        return unknown("AWS's answer leaves out the version in force.", "PolicyDocument")
    for allowed in parse(document).allows:
        if wide(allowed):
            return failed(f"Statement {allowed.label} {wrong}.", allowed.path("", "PolicyDocument"))
    return passed(right, "PolicyDocument")


def judge_inline(identity: Resource, key: str, wide: Wide, wrong: str, right: str) -> Outcome:
    """Fail by the first statement that is too wide in the inline policies of a user, group or role.

    `key` is their list (`RolePolicyList`). One such statement suffices, whatever cannot be read of the others.
    """
    policies = list(enumerate(identity.config.items_of(key)))
    if not policies:
        return not_applicable("It has no inline policy.", key)
    found = all_found(
        *(partial(_wide_grants, f"{key}[{index}].PolicyDocument", each, wide) for index, each in policies)
    )
    if found:
        return failed(f"Statement {found[0].statement.label} of {found[0].policy} {wrong}.", found[0].path)
    return passed(right, key)


def _wide_grants(root: str, policy: Any, wide: Wide) -> list[Grant]:
    allowed = parse(policy["PolicyDocument"] or {}).allows
    return [Grant(str(policy["PolicyName"]), root, each) for each in allowed if wide(each)]
