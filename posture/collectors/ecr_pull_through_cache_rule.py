"""Pull-through cache rules: which outside registries a registry copies from."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource

_NONE = ("PullThroughCacheRuleNotFoundException",)


@collector(
    resource_type="AWS::ECR::PullThroughCacheRule",
    title="Pull-through cache rule",
    plural="Pull-through cache rules",
    service="ecr",
    family=Family.STORAGE,
    actions=("ecr:DescribeRepositories", "ecr:DescribePullThroughCacheRules"),
    columns=(
        Column("ecrRepositoryPrefix", "Prefix"),
        Column("upstreamRegistry", "Registry copied from"),
        Column("upstreamRegistryUrl", "Its address"),
        Column("credentialArn", "Credentials"),
        Column("createdAt", "Created"),
    ),
    relations=(
        Relation("credentialArn", "AWS::SecretsManager::Secret"),
        Relation("customRoleArn", "AWS::IAM::Role"),
    ),
    ignored=("updatedAt",),
)
def cache_rules(ask: Ask) -> Iterator[Resource]:
    """A rule brings images of strangers into the registry, where they look like images of one's own.

    A registry without repositories is not asked.
    """
    if not list(ask.pages("ecr", "describe_repositories", "repositories")):
        return
    for raw in ask.pages("ecr", "describe_pull_through_cache_rules", "pullThroughCacheRules", absent=_NONE):
        prefix = raw["ecrRepositoryPrefix"]
        yield ask.resource(raw, arn=ask.arn("ecr", f"pull-through-cache-rule/{prefix}"), name=prefix)
