"""Who may do an action on a stored resource, by the policies that were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.http import Http404

from posture.core.gap import ANY
from posture.core.iam.guardrails import GUARDRAIL_TYPES, guardrails_of
from posture.core.iam.inventory import PRINCIPAL_TYPES, AccountPrincipals
from posture.core.iam.resource_side import ACCOUNT_BLOCK, resource_side
from posture.core.iam.who_can import Access, who_can
from posture.core.resource import Resource
from posture.history.models import ResourceRecord
from posture.history.query.resources import gaps, resources
from posture.history.scope import Scope

_ARN_PARTS = 6


@dataclass(frozen=True, slots=True)
class AccessReport:
    """Who may do an action on a resource, and what was not read."""

    resource: ResourceRecord
    action: str
    arn: str
    found: Sequence[Access]
    unread: Sequence[str]
    """Listings of the account's principals that failed: there may be more of them."""


def who_may(scope: Scope, action: str, arn: str) -> AccessReport:
    """Return who may do an action on a resource, or on a part of it, by its ARN.

    404 if the scope has no such resource. Guardrails of the Organization count as not read unless the scope has the
    account that lists them.
    """
    record = _holder(scope, arn)
    account = record.account
    stored = resources(scope).select_related("account")
    here = [one.as_resource() for one in stored.filter(account=account, type__in=(*PRINCIPAL_TYPES, ACCOUNT_BLOCK))]
    above = stored.filter(account__organization=account.organization_id, type__in=GUARDRAIL_TYPES)
    guardrails = guardrails_of(account.account_id, _as_resources(above))
    principals = AccountPrincipals(account.account_id, here, is_management=guardrails.is_management)
    side = resource_side(record.as_resource(), arn, here, is_management=guardrails.is_management)
    found = who_can(action, side, list(principals.all()), guardrails)
    blind = gaps(scope).filter(account=account, blinds=True, resource_type__in=(ANY, *PRINCIPAL_TYPES))
    unread = sorted({f"{one.resource_type} ({one.action} failed with {one.error})" for one in blind})
    return AccessReport(record, action, arn, found, unread)


def _as_resources(records: Iterable[ResourceRecord]) -> Iterator[Resource]:
    return (one.as_resource() for one in records)


def _holder(scope: Scope, arn: str) -> ResourceRecord:
    """Return the stored resource that an ARN names, or names a part of."""
    wanted = list(_prefixes(arn))
    found = {one.arn: one for one in resources(scope).select_related("account").filter(arn__in=wanted)}
    for each in wanted:
        if each in found:
            return found[each]
    raise Http404("No such resource.")


def _prefixes(arn: str) -> Iterator[str]:
    """Yield an ARN, then what it may be a part of, as an object's bucket."""
    yield arn
    head, tail = ":".join(arn.split(":")[: _ARN_PARTS - 1]), ":".join(arn.split(":")[_ARN_PARTS - 1 :])
    while cut := max(tail.rfind("/"), tail.rfind(":"), 0):
        tail = tail[:cut]
        yield f"{head}:{tail}"
