"""Tagged resources of types without a collector, from the tagging API.

It shows what was tagged at least once and nothing else, so it counts no population and proves no absence.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from posture.core.arn import Arn
from posture.core.collector import Ask, Cadence, Collector, Column, Family, collector
from posture.core.registry import declared
from posture.core.resource import Resource

_WITHOUT_KIND = {"s3", "sns", "sqs"}
"""Services whose ARNs hold the name alone."""


@collector(
    resource_type="AWS::ResourceGroupsTaggingAPI::Resource",
    title="Other tagged resource",
    plural="Other tagged resources",
    service="resourcegroupstaggingapi",
    family=Family.OTHER,
    cadence=Cadence.DAILY,
    actions=("tag:GetResources",),
    columns=(Column("Service", "Service"), Column("ResourceType", "Type")),
)
def tagged_resources(ask: Ask) -> Iterator[Resource]:
    """What Plumbline does not look into yet, but whose tags say what it is, whose, and how sensitive."""
    mappings = ask.pages("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", ResourcesPerPage=100)
    for mapping in mappings:
        arn = Arn.parse(mapping["ResourceARN"])
        if not is_collected(arn):
            yield ask.resource(
                {"Service": arn.service, "ResourceType": kind_of(arn)}, arn=mapping["ResourceARN"], tags=mapping["Tags"]
            )


def is_collected(arn: Arn) -> bool:
    """Whether an ARN is of a type that has a collector of its own."""
    return _type_key(arn.service, kind_of(arn)) in _own_types()


def kind_of(arn: Arn) -> str:
    """Return the kind in an ARN, as it spells it: `function`, `db`; empty where none."""
    if arn.service in _WITHOUT_KIND:
        return ""
    if arn.service == "apigateway":
        return arn.resource.strip("/").split("/")[0]
    head, _, rest = arn.resource.replace(":", "/").partition("/")
    return head if rest else ""


@cache
def _own_types() -> frozenset[str]:
    """Return the `service:resource` keys of all types that have a collector."""
    types = declared("posture.collectors", Collector, "resource_type")
    named = {_type_key(*name.split("::")[1:]) for name in types if name.startswith("AWS::")}
    return frozenset(named.union(*(each.arn_names for each in types.values())))


def _type_key(service: str, kind: str) -> str:
    return f"{service}:{kind}".replace("-", "").lower()
