"""Judgements that data stores and keys share: classification, policies. No check.

A store's own module writes one line, so that each check keeps its own id and place:

    @classified("AWS::EFS::FileSystem", "EFS file system", cli="aws efs tag-resource …")
    def efs_file_system_classified(file_system: Resource) -> Outcome:
        \"\"\"Why.\"\"\"
        return classification_known(file_system)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from posture.core.check import (
    EXAMPLE_ACCOUNT,
    Check,
    Example,
    Judge,
    Remediation,
    check,
    denied,
    fails,
    is_unknown,
    passes,
)
from posture.core.classification import Level, in_use
from posture.core.iam.outside import public_access
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.policy import parse
from posture.core.resource import Resource

SENSITIVE = {"data-classification": "confidential"}
"""Tags of a sensitive store, for examples."""


def classified(resource_type: str, noun: str, *, cli: str) -> Callable[[Judge], Check]:
    """Declare the check that stores of a type are classified; `cli` sets the tag."""
    return check(
        resource_type=resource_type,
        title=f"{noun} carries a data classification",
        problem=f"{noun} has no data classification",
        severity=Severity.LOW,
        controls=("practices:data",),
        remediation=Remediation(
            console=f"Open the {noun}, choose its tags, and add data-classification with one of: {_levels()}.",
            cli=cli,
            terraform='tags = { "data-classification" = "internal" }',
        ),
        examples=(
            passes({}, tags=SENSITIVE),
            passes({}, "any common key and spelling", tags={"DataClassification": "Public"}),
            fails({}, "no such tag", tags={"Name": "orders"}),
            fails({}, "a value that is no level", tags={"data-classification": "tbd"}),
            is_unknown({}, tags=denied("tag:GetResources")),
        ),
    )


def classification_known(store: Resource) -> Outcome:
    """Judge whether the store's tags name one of the levels."""
    tag, level = in_use().tag(store.tags), in_use().level(store.tags)
    if tag is None:
        return failed("No tag says how sensitive the data is.")
    if level is None:
        return failed(f"The tag {tag.key} says “{tag.value}”, which is none of: {_levels()}.", f"tags.{tag.key}")
    return passed(f"The data is classified as {level.name}.", f"tags.{tag.key}")


def sensitive(store: Resource) -> Level | None:
    """Return the level of a store whose tags call its data sensitive, else None."""
    level = in_use().level(store.tags)
    return level if level and level.sensitive else None


def classification_path(store: Resource) -> str:
    """Return the evidence path of the tag that classifies the store."""
    tag = in_use().tag(store.tags)
    return f"tags.{tag.key}" if tag else "tags"


def policy_examples(key: str, action: str) -> tuple[Example, ...]:
    """Return the examples of a check for public statements in the policy under `key`."""

    def policy(**statement: object) -> dict[str, Any]:
        basis = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["*"], "Resource": ["*"]}
        return {key: {"Version": "2012-10-17", "Statement": [{**basis, **statement}]}}

    closing = {"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": ["*"], "Resource": ["*"]}
    organization = {"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}
    return (
        passes({key: None}, "no policy"),
        passes(policy(Principal={"AWS": [f"arn:aws:iam::{EXAMPLE_ACCOUNT}:root"]}), "its own account"),
        passes(policy(Condition=organization), "anyone of one organization"),
        passes(
            {key: {"Version": "2012-10-17", "Statement": [*policy()[key]["Statement"], closing]}},
            "a Deny closes it again",
        ),
        fails(policy(), "anyone"),
        fails(
            policy(Condition={"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/app"]}}), "any account's role"
        ),
        is_unknown({key: denied(action)}),
        is_unknown({}, "the answer leaves out whether there is a policy"),
    )


def judge_policy_not_public(resource: Resource, key: str) -> Outcome:
    """Judge whether the policy under `key` lets in anyone without a condition that narrows it."""
    tree = resource.config[key]
    if tree is None:
        return passed("There is no resource policy.", key)
    public = public_access(parse(tree))
    if public:
        names = ", ".join(statement.label for statement in public)
        plural = "s let" if len(public) > 1 else " lets"
        paths = (statement.path(statement.who, root=key) for statement in public)
        return failed(f"Policy statement{plural} in anyone: {names}.", *paths)
    return passed("No statement of the policy lets in anyone.", key)


def _levels() -> str:
    return ", ".join(level.name for level in in_use().levels)
