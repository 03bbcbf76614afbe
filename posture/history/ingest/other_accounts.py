"""Looks up which other accounts of an organization have a resource, by name.

For collectors, whose resources name buckets, load balancers and addresses without saying whose they are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from accounts.models import AwsAccount
from posture.core.elsewhere import Elsewhere
from posture.core.gap import ANY
from posture.core.resource import Resource
from posture.core.values import UnknownFieldError
from posture.history.models import AccountState, GapRecord, ResourceRecord

BUCKET, BALANCER, CLASSIC = (
    "AWS::S3::Bucket",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancing::LoadBalancer",
)
DISTRIBUTION, ADDRESS, INTERFACE = "AWS::CloudFront::Distribution", "AWS::EC2::EIP", "AWS::EC2::NetworkInterface"
ROWS_AT_ONCE = 500


class _Source(NamedTuple):
    """Where resources of a type are looked up, and by what they are named."""

    types: tuple[str, ...]
    names: Callable[[Resource], Iterable[str]]
    by_name: bool = False
    """Whether a resource's own name is what it is looked up by, which an index has."""


def _dns_name(resource: Resource) -> Iterator[str]:
    yield str(resource.config.get("DNSName") or "").lower()


def _domain_name(resource: Resource) -> Iterator[str]:
    yield str(resource.config.get("DomainName") or "").lower()


def _addresses(resource: Resource) -> Iterator[str]:
    seen = resource.observed
    yield str(resource.config.get("PublicIp") or "")
    for each in (seen, *seen.items_of("PrivateIpAddresses")):
        yield str(each.at("Association", "PublicIp") or "")


_SOURCES: Mapping[str, _Source] = {
    BUCKET: _Source((BUCKET,), lambda resource: (resource.name,), by_name=True),
    BALANCER: _Source((BALANCER, CLASSIC), _dns_name),
    DISTRIBUTION: _Source((DISTRIBUTION,), _domain_name),
    ADDRESS: _Source((ADDRESS, INTERFACE), _addresses),
}
"""By the type that is asked for."""


def look_up(organization_pk: int, account_id: str, resource_type: str, names: frozenset[str], region: str) -> Elsewhere:
    """Return which other accounts have resources of these names, as last swept.

    `region` is where they would be; empty where that is not known. A thread of the sweep has a connection of its own,
    which nothing else would close.
    """
    source = _SOURCES[resource_type]
    others = AwsAccount.objects.filter(organization=organization_pk, left_at=None).exclude(account_id=account_id)
    try:
        found, is_read = _find(others, source, names, region)
        is_complete = len(found) == len(names) or (is_read and _is_seen(others, source, region))
    finally:
        if threading.current_thread() is not threading.main_thread():
            connection.close()
    return Elsewhere(found, is_complete)


def _find(
    others: QuerySet[AwsAccount], source: _Source, names: frozenset[str], region: str
) -> tuple[dict[str, str], bool]:
    """Return the accounts by name, and whether each resource could be read."""
    records = ResourceRecord.objects.filter(account__in=others, type__in=source.types, valid_to=None)
    if source.by_name:
        records = records.filter(name__in=names)
    elif region:
        records = records.filter(region=region)
    found: dict[str, str] = {}
    is_read = True
    for record in records.select_related("account").iterator(ROWS_AT_ONCE):
        for resource in record.unfolded():
            try:
                named = names.intersection(source.names(resource))
            except UnknownFieldError:
                is_read = False
            else:
                found |= dict.fromkeys(named, record.account.account_id)
        if len(found) == len(names):
            break
    return found, is_read


def _is_seen(others: QuerySet[AwsAccount], source: _Source, region: str) -> bool:
    """Return True if everything that could have such a name was seen in every account.

    Closed accounts have nothing left.
    """
    kept = others.exclude(state=AwsAccount.State.CLOSED)
    if AccountState.objects.filter(account__in=kept, last_at__isnull=False).count() < kept.count():
        return False
    blind = GapRecord.objects.filter(
        account__in=kept, closed_at=None, blinds=True, resource_type__in=[ANY, *source.types]
    )
    if region:
        blind = blind.filter(region__in=[ANY, region])
    return not blind.exists()
