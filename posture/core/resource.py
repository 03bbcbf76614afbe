"""A resource: one thing in an AWS account, as it was when we looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from posture.core.values import Fields, Unknown, UnknownFieldError, digest

GLOBAL = "global"
"""The region of what belongs to no region (IAM, Organizations …)."""
POPULATION, CONFIGURATIONS = "Population", "Configurations"
"""Keys of a population's configuration: its group, and where its members differ."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing in one account.

    `type` is CloudFormation's name where there is one. `raw_config` holds the hashed fields in AWS's
    own key names, `raw_observed` those that move without meaning drift (kept as latest value only).
    Either, and the tags, may hold `Unknown`; read them through `config`, `observed` and `tags`.
    """

    type: str
    arn: str
    account_id: str
    region: str
    name: str
    raw_config: Mapping[str, Any] = field(default_factory=dict)
    raw_observed: Mapping[str, Any] = field(default_factory=dict)
    raw_tags: Mapping[str, str] | Unknown = field(default_factory=dict)
    members: tuple[Resource, ...] = field(default=(), compare=False, repr=False)
    """Of a population (`posture.core.population`), all that it was folded from; in the sweep that saw them alone."""
    population: str = field(default="", compare=False)
    """Of a member, the ARN of the population that it is kept in."""

    @property
    def is_population(self) -> bool:
        """Whether this is a population: it represents the members of a group."""
        return POPULATION in self.raw_config

    @property
    def config(self) -> Fields:
        """The hashed fields; reading an unknown one raises `UnknownFieldError`."""
        return Fields(self.raw_config)

    @property
    def observed(self) -> Fields:
        """The observed fields; reading an unknown one raises `UnknownFieldError`."""
        return Fields(self.raw_observed, "observed")

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags; raises `UnknownFieldError` where they could not be read."""
        if isinstance(self.raw_tags, Unknown):
            raise UnknownFieldError(self.raw_tags, "tags")
        return self.raw_tags

    @property
    def hash(self) -> bytes:
        """16 bytes that change exactly when the configuration, name or tags do."""
        return digest([self.name, self.raw_config, self.raw_tags])
