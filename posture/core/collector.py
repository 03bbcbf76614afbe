"""A collector: a decorated generator that asks AWS for the resources of one type.

    @collector(
        resource_type="AWS::EC2::Volume",
        title="EBS volume",
        plural="EBS volumes",
        service="ec2",
        actions=("ec2:DescribeVolumes",),
        columns=(Column("Size", "Size (GiB)"), Column("Encrypted", "Encrypted")),
        ignored=("Attachments.AttachTime",),
        observed=("State",),
    )
    def volumes(ask: Ask) -> Iterator[Resource]:
        for raw in ask.pages("ec2", "describe_volumes", "Volumes"):
            yield ask.resource(raw, arn=ask.arn("ec2", f"volume/{raw['VolumeId']}"), tags=raw.get("Tags"))

A collector may know nothing of databases, accounts in the plural, credentials or threads. It lets a
failed listing raise (the engine records the gap) and keeps a failed detail as `Unknown`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from posture.core.elsewhere import Elsewhere
from posture.core.kubernetes import ApiResource, Shape
from posture.core.population import Population
from posture.core.resource import Resource
from posture.core.values import Unknown

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class ListingScope(StrEnum):
    """Where a listing is asked."""

    REGIONAL = "regional"
    """In every enabled region of every account."""
    GLOBAL = "global"
    """Once in every account, in the partition's home region."""
    ORGANIZATION = "organization"
    """Once in the Organization: in its management account or a delegated administrator."""


class Cadence(StrEnum):
    """How often a type is read."""

    EVERY_SWEEP = "every sweep"
    DAILY = "daily"
    """Once a day, however often the organization is swept: what people rarely change and nothing is exposed by.

    Between, sweeps keep what the last reading returned, with its date.
    """


class Ask(Protocol):
    """One account and region, to be read. The engine paces, retries and counts.

    Operations are boto3's method names. `absent` lists error codes that mean "there is none".
    """

    account_id: str
    region: str
    """The region being asked; for global collectors the partition's home region."""
    partition: str
    now: datetime
    known_accounts: frozenset[str] | None
    """All accounts of the same organization, closed ones included; None where they are not known."""
    clusters: Sequence[str]
    """Names of the region's EKS clusters that Plumbline is to read, sorted."""

    def call(
        self, service: str, operation: str, *, absent: Sequence[str] = (), region: str | None = None, **params: Any
    ) -> dict[str, Any] | Unknown | None:
        """Return one answer; None where absent, `Unknown` where refused or failed.

        `region` overrides the region that is asked.
        """
        ...

    def field(
        self,
        service: str,
        operation: str,
        key: str,
        *,
        absent: Sequence[str] = (),
        region: str | None = None,
        **params: Any,
    ) -> Any:
        """Return one key of an answer; None where absent, `Unknown` where not readable."""
        ...

    def pages(
        self,
        service: str,
        operation: str,
        key: str,
        *,
        absent: Sequence[str] = (),
        region: str | None = None,
        **params: Any,
    ) -> Iterator[Any]:
        """Yield the items under `key` over all pages; raises where refused: a gap."""
        ...

    def listing(
        self,
        service: str,
        operation: str,
        key: str,
        *,
        absent: Sequence[str] = (),
        region: str | None = None,
        **params: Any,
    ) -> list[Any] | Unknown | None:
        """Return all items under `key`; None where absent, `Unknown` where refused."""
        ...

    def cluster(self, name: str) -> Any:
        """Return DescribeCluster's answer on a connected cluster, or `Unknown`."""
        ...

    def objects(self, cluster: str, resource: ApiResource, shape: Shape) -> list[Any]:
        """Return what `shape` keeps of each object; raises where refused: a gap."""
        ...

    def part(self, within: str, listing: Callable[[], Answer]) -> Answer | Unknown:
        """Return a part of a listing, or what stands for it where it was refused.

        The gap hides only resources whose ARN begins with `within`.
        """
        ...

    def each(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Call `function` for each item, concurrently if possible; answers in order."""
        ...

    def together(self, questions: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """Ask independent questions concurrently if possible; answers by name."""
        ...

    def arn(self, service: str, resource: str, *, region: str | None = None, account_id: str | None = None) -> str:
        """Return an ARN in this account and region; pass region="" for global services."""
        ...

    def resource(
        self,
        raw: Mapping[str, Any],
        *,
        arn: str,
        name: str | None = None,
        tags: Sequence[Mapping[str, str]] | Mapping[str, str] | Unknown | None = None,
        region: str | None = None,
    ) -> Resource:
        """Build the resource: split hashed and observed, drop ignored, hide secret fields.

        `name` defaults to the Name tag, else the ARN's last part. `tags` takes AWS's lists of
        Key/Value (or key/value, TagKey/TagValue) or a mapping. Tags inside `raw` are dropped.
        """
        ...

    def elsewhere(self, resource_type: str, names: Iterable[str], region: str = "") -> Elsewhere | None:
        """Return which other accounts of the organization have resources of these names.

        As of their last sweeps, in a region if one is given; None where the sweep knows of no other account.
        """
        ...

    def fingerprint(self, secret: str) -> str:
        """Return a keyed HMAC of a secret: a change shows, the value does not."""
        ...


class Family(StrEnum):
    """What a resource type is for, as pages group types."""

    NETWORK = "Network"
    STORAGE = "Storage"
    DATABASES = "Databases"
    COMPUTE = "Compute"
    IDENTITY = "Identity and keys"
    SECURITY = "Watch and logs"
    DATA = "Data and analytics"
    OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the type's table: dotted path into the config, and its heading."""

    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A pointer to another resource: the path of its id, and the ARN made of the id.

    `arn` may use {partition}, {region}, {account} and {id}; "{id}" alone where the value is an ARN.
    """

    path: str
    resource_type: str
    arn: str = "{id}"


@dataclass(frozen=True, slots=True)
class Collector:
    """One resource type: its calls, its actions, and how to read its configuration.

    `ignored`, `observed`, `secret` and `unordered` are dotted paths; lists are entered by themselves
    and `*` stands for any key. Everything that is named in none of them is hashed.
    """

    resource_type: str
    title: str
    plural: str
    service: str
    scope: ListingScope
    actions: tuple[str, ...]
    gather: Callable[[Ask], Iterator[Resource]]
    why: str
    family: Family = Family.OTHER
    columns: tuple[Column, ...] = ()
    relations: tuple[Relation, ...] = ()
    ignored: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    arn_names: tuple[str, ...] = ()
    """How ARNs spell the type, where not by its name: `service:resource` without hyphens, in lower case."""
    data_store: bool = False
    """Holds customers' data, and so wants a classification."""
    population: Population | None = None
    """Which of what is found are short-lived members of a group, to be kept as one resource."""
    kubernetes: tuple[ApiResource, ...] = ()
    """What it reads in clusters that are connected."""
    cadence: Cadence = Cadence.EVERY_SWEEP
    module: str = ""

    def __post_init__(self) -> None:
        is_replaced = bool(self.population or self.kubernetes)
        if self.cadence is Cadence.DAILY and (is_replaced or self.scope is ListingScope.ORGANIZATION):
            raise ValueError(
                f"{self.resource_type} must be read at every sweep, as populations, Kubernetes objects and what"
                " belongs to the Organization."
            )


def collector(  # noqa: PLR0913 - a declaration names all that it declares
    *,
    resource_type: str,
    title: str,
    plural: str,
    service: str,
    family: Family,
    actions: Sequence[str],
    scope: ListingScope = ListingScope.REGIONAL,
    columns: Sequence[Column] = (),
    relations: Sequence[Relation] = (),
    ignored: Sequence[str] = (),
    observed: Sequence[str] = (),
    secret: Sequence[str] = (),
    unordered: Sequence[str] = (),
    arn_names: Sequence[str] = (),
    data_store: bool = False,
    population: Population | None = None,
    kubernetes: Sequence[ApiResource] = (),
    cadence: Cadence = Cadence.EVERY_SWEEP,
) -> Callable[[Callable[[Ask], Iterator[Resource]]], Collector]:
    """Turn a generator into a `Collector`; its docstring says what the type is."""

    def decorate(function: Callable[[Ask], Iterator[Resource]]) -> Collector:
        return Collector(
            resource_type=resource_type,
            title=title,
            plural=plural,
            service=service,
            family=family,
            scope=scope,
            actions=tuple(actions),
            gather=function,
            why=inspect.cleandoc(function.__doc__ or ""),
            columns=tuple(columns),
            relations=tuple(relations),
            ignored=tuple(ignored),
            observed=tuple(observed),
            secret=tuple(secret),
            unordered=tuple(unordered),
            arn_names=tuple(arn_names),
            data_store=data_store,
            population=population,
            kubernetes=tuple(kubernetes),
            cadence=cadence,
            module=function.__module__,
        )

    return decorate
