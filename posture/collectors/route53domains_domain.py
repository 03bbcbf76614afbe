"""Domains registered with Route 53: locks, renewal and expiry.

Only the list is read. A domain's details hold names and addresses of people.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from posture.core.collector import Ask, Cadence, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource

SERVICE = "route53domains"


@collector(
    resource_type="AWS::Route53Domains::Domain",
    title="Registered domain",
    plural="Registered domains",
    service=SERVICE,
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    scope=ListingScope.GLOBAL,
    actions=("route53domains:ListDomains", "route53domains:ListTagsForDomain"),
    columns=(
        Column("TransferLock", "Transfer lock"),
        Column("AutoRenew", "Renews by itself"),
        Column("Expiry", "Expires"),
    ),
)
def domains(ask: Ask) -> Iterator[Resource]:
    """Whoever has the domain has its mail, its certificates and its logins, whatever else is guarded."""
    listed = list(ask.pages(SERVICE, "list_domains", "Domains"))
    tags = partial(ask.listing, SERVICE, "list_tags_for_domain", "TagList")
    for raw, found in zip(listed, ask.each(lambda raw: tags(DomainName=raw["DomainName"]), listed), strict=True):
        yield ask.resource(
            raw,
            arn=ask.arn(SERVICE, f"domain/{raw['DomainName']}", region=""),
            name=raw["DomainName"],
            region=GLOBAL,
            tags=found,
        )
