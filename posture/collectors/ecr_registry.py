"""The container registry of a region: scanning, replication, registry policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors.shared_accounts import shared_accounts
from posture.core.collector import Ask, Column, Family, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_GET_POLICY = "ecr:GetRegistryPolicy"
_ABSENT = ("RegistryPolicyNotFoundException",)


@collector(
    resource_type="AWS::ECR::Registry",
    title="Container registry",
    plural="Container registries",
    service="ecr",
    family=Family.STORAGE,
    actions=(
        "ecr:DescribeRepositories",
        "ecr:DescribeRegistry",
        _GET_POLICY,
        "ecr:GetRegistryScanningConfiguration",
    ),
    columns=(
        Column("ScanType", "Scanning"),
        Column("ScanRules.scanFrequency", "Scanned"),
        Column("ReplicationRules.destinations.region", "Replicated to"),
        Column("SharedAccounts.AccountId", "Accounts replicated to"),
        Column("Policy", "Registry policy"),
    ),
    unordered=("ScanRules", "ReplicationRules", "ReplicationRules.destinations", "SharedAccounts"),
)
def registries(ask: Ask) -> Iterator[Resource]:
    """Its settings hold for all repositories of the region: what is scanned, and who may copy images in or out.

    `SharedAccounts` are the other accounts that images are replicated to. A registry without repositories is not asked.
    """
    if not list(ask.pages("ecr", "describe_repositories", "repositories")):
        return
    answers = ask.together(
        {
            "scanning": lambda: ask.field("ecr", "get_registry_scanning_configuration", "scanningConfiguration"),
            "replication": lambda: ask.field("ecr", "describe_registry", "replicationConfiguration"),
            "policy": lambda: ask.field("ecr", "get_registry_policy", "policyText", absent=_ABSENT),
        }
    )
    rules = _of(answers["replication"], "rules")
    raw = {
        "RegistryId": ask.account_id,
        "ScanType": _of(answers["scanning"], "scanType"),
        "ScanRules": _of(answers["scanning"], "rules"),
        "ReplicationRules": rules,
        "Policy": document(answers["policy"], _GET_POLICY),
        **shared_accounts(ask, _destinations(rules)),
    }
    yield ask.resource(raw, arn=ask.arn("ecr", "registry"), name=f"Registry in {ask.region}")


def _of(answer: Any, key: str) -> Any:
    return answer.get(key) if isinstance(answer, Mapping) else answer


def _destinations(rules: Any) -> list[str] | Unknown:
    if isinstance(rules, Unknown):
        return rules
    return [each["registryId"] for rule in rules or () for each in rule["destinations"]]
