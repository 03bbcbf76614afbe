"""Search: resources by name, ARN, tag and address, accounts, and checks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from accounts.models import AwsAccount
from posture.checks import all_checks
from posture.core.arn import Arn
from posture.core.check import Check
from posture.history import query
from posture.history.query import ResourceRecord, StoredResource
from posture.history.scope import Scope
from posture.pages.inventory.names import counted, type_plural, type_title

RESOURCES_SHOWN = 50
"""Resources that the page lists."""
TYPE_SHOWN = 5
"""Resources of a type that are shown at once; the rest is unfolded."""
OTHERS_SHOWN = 12
SEARCHED_MAX = 20_000
"""Resources whose configuration is searched for an address."""
WITH_ADDRESSES = (
    "AWS::EC2::EIP",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::Instance",
    "AWS::EC2::NatGateway",
    "AWS::EC2::VPNConnection",
)
"""Types that have addresses of their own."""
MEMBER = re.compile(r"[a-z]+-[0-9a-f]{8,17}")
"""An id as EC2 gives them."""
WITH_RANGES = ("AWS::EC2::Subnet",)
"""Types whose CIDR blocks contain addresses."""
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Found:
    """A resource that was found; `why` explains a match outside its name."""

    record: ResourceRecord
    title: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """A deleted resource that was found."""

    resource: StoredResource
    title: str


@dataclass(frozen=True, slots=True)
class Results:
    """Results of a search: resources, their number by type, accounts, checks."""

    resources: list[Found]
    types: list[tuple[str, str, int]]
    accounts: list[AwsAccount]
    checks: list[Check]
    gone: list[Gone] = field(default_factory=list)
    address: str = ""
    is_partial: bool = False
    most: int = SEARCHED_MAX
    gone_is_partial: bool = False
    """True if more deleted resources match than could be searched."""

    @property
    def in_words(self) -> str:
        """The number of resources in words; a minimum if not all were searched."""
        if not self.is_partial:
            return f"{self.number:,} resource{'' if self.number == 1 else 's'}"
        return f"{'More than' if self.number == self.most else 'At least'} {self.number:,} resources"

    @property
    def number(self) -> int:
        """The number of resources that were found."""
        return sum(number for _, _, number in self.types)

    @property
    def is_empty(self) -> bool:
        """Return True if nothing was found."""
        return not (self.number or self.gone or self.accounts or self.checks)


@dataclass(frozen=True, slots=True)
class SearchGroup:
    """Results of one type: their number in words, and the listed ones."""

    type: str
    words: str
    number: int
    found: list[Found]

    @property
    def first(self) -> list[Found]:
        """The resources that are shown at once."""
        return self.found[:TYPE_SHOWN]

    @property
    def rest(self) -> list[Found]:
        """The resources that are unfolded."""
        return self.found[TYPE_SHOWN:]


def by_type(results: Results) -> list[SearchGroup]:
    """Return the resources by type, the largest first; not all may be listed."""
    listed: dict[str, list[Found]] = {}
    for one in results.resources:
        listed.setdefault(one.record.type, []).append(one)
    return [SearchGroup(kind, words, number, listed.get(kind, [])) for kind, words, number in results.types]


def find(scope: Scope, text: str) -> Results:
    """Search a scope."""
    accounts, checks = _accounts(scope, text), _checks(text)
    address = address_of(text)
    if address is not None:
        found, is_partial = by_address(scope, address)
        return Results(found[:RESOURCES_SHOWN], _counted(found), accounts, checks, [], str(address), is_partial)
    first, numbers, is_partial = _searched(scope, text)
    types = [
        (kind, type_plural(kind) if is_partial else counted(number, kind), number)
        for kind, number in sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
    ]
    resources = [Found(one, type_title(one.type)) for one in first]
    gone, gone_is_partial = _gone(scope, text)
    most = query.get_scan_limit(scope)
    return Results(resources, types, accounts, checks, gone, "", is_partial, most, gone_is_partial)


def _searched(scope: Scope, text: str) -> tuple[list[ResourceRecord], dict[str, int], bool]:
    found = query.search_resources(scope, text)
    records = _records(scope, [pk for pk, _ in found.found[:RESOURCES_SHOWN]])
    return records, Counter(kind for _, kind in found.found), found.is_partial


def first(scope: Scope, text: str, most: int) -> list[ResourceRecord]:
    """Return resources with each word, by name."""
    return _records(scope, [pk for pk, _ in query.search_resources(scope, text).found[:most]])


def _records(scope: Scope, pks: list[int]) -> list[ResourceRecord]:
    by_pk = {one.resource_id: one for one in query.resources(scope).filter(resource_id__in=pks)} if pks else {}
    # A sweep may be recorded between the two queries.
    return [by_pk[pk] for pk in pks if pk in by_pk]


def _gone(scope: Scope, text: str) -> tuple[list[Gone], bool]:
    left, is_partial = query.search_gone_resources(query.gone_resources(scope), text)
    return [Gone(one, type_title(one.type)) for one in left.order_by("-gone_at")[:OTHERS_SHOWN]], is_partial


def exact(scope: Scope, text: str) -> ResourceRecord | None:
    """Return the only resource with the search as its ARN, name or id, or None.

    The ARN or id of a member leads to its population.
    """
    if not text or " " in text:
        return None
    found = _exactly(scope, text)
    if not found and (text.startswith("arn:") or MEMBER.fullmatch(text)):
        found = [record for record, _ in query.find_members(query.populations(scope), {text})][:2]
    return found[0] if len(found) == 1 else None


def _exactly(scope: Scope, text: str) -> list[ResourceRecord]:
    rows = query.resources(scope)
    if text.startswith("arn:"):
        return list(rows.filter(arn=text)[:2])
    # Names are in an index by type.
    called = rows.filter(type__in=[one.type for one in query.count_types(scope)], name=text)
    pks = {
        *called.values_list("resource_id", flat=True)[:2],
        *query.resources_by_arn_ending(scope, text).values_list("pk", flat=True)[:2],
    }
    return list(rows.filter(resource_id__in=pks)[:2]) if pks else []


def _accounts(scope: Scope, text: str) -> list[AwsAccount]:
    words = text.lower().split()
    return [one for one in scope.accounts if all(word in f"{one.name} {one.account_id}".lower() for word in words)][
        :OTHERS_SHOWN
    ]


def _checks(text: str) -> list[Check]:
    words = text.lower().split()
    return [
        one
        for one in all_checks().values()
        if all(word in f"{one.id} {one.title} {one.problem} {' '.join(one.aliases)}".lower() for word in words)
    ][:OTHERS_SHOWN]


def address_of(text: str) -> Address | None:
    """Return the search as an IP address, or None."""
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def by_address(scope: Scope, address: Address, most: int = SEARCHED_MAX) -> tuple[list[Found], bool]:
    """Return resources with an address, and whether only `most` were searched."""
    rows = query.resources(scope).filter(type__in=(*WITH_ADDRESSES, *WITH_RANGES)).order_by("type", "name")
    found, number = [], 0
    for number, one in enumerate(rows[: most + 1].iterator(chunk_size=1000)):
        why = _why(one, address) if number < most else ""
        if why:
            found.append(Found(one, type_title(one.type), why))
    return found, number >= most


def _why(record: ResourceRecord, address: Address) -> str:
    if record.type in WITH_RANGES:
        block = next((one for one in _blocks(record.config) if _holds(one, address)), "")
        return f"contains {address} in {block}" if block else ""
    for each in record.unfolded():
        whole = {**each.raw_config, **each.raw_observed}
        path = next((path for path, text in _texts(whole, "") if _is(text, address)), "")
        if path:
            member = f"its member {Arn.parse(each.arn).name} " if each.population else ""
            return f"{member}has {address} as {path}"
    return ""


def _blocks(config: Any) -> list[str]:
    return [text for path, text in _texts(config, "") if "CidrBlock" in path and "/" in text]


def _holds(block: str, address: Address) -> bool:
    try:
        return address in ip_network(block, strict=False)
    except ValueError:
        return False


def _is(text: str, address: Address) -> bool:
    try:
        return ip_address(text) == address
    except ValueError:
        return False


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, path)


def _counted(found: list[Found]) -> list[tuple[str, str, int]]:
    numbers: dict[str, int] = {}
    for one in found:
        numbers[one.record.type] = numbers.get(one.record.type, 0) + 1
    return [(kind, counted(number, kind), number) for kind, number in numbers.items()]
