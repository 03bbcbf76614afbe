"""Systems Manager documents and who may use them. Their content is not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.shared_accounts import shared_accounts
from posture.core.collector import Ask, Column, Family, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

EVERYONE = "all"


@collector(
    resource_type="AWS::SSM::Document",
    title="Systems Manager document",
    plural="Systems Manager documents",
    service="ssm",
    family=Family.COMPUTE,
    actions=("ssm:ListDocuments", "ssm:DescribeDocumentPermission"),
    columns=(
        Column("DocumentType", "Type"),
        Column("DocumentVersion", "Version"),
        Column("AccountIds", "Shared with"),
    ),
    unordered=("AccountIds", "PlatformTypes", "SharedAccounts"),
)
def documents(ask: Ask) -> Iterator[Resource]:
    """A document is a script that Systems Manager runs on instances; shared, it is read and run by others."""
    own = [{"Key": "Owner", "Values": ["Self"]}]
    listed = ask.pages("ssm", "list_documents", "DocumentIdentifiers", Filters=own, MaxResults=50)
    yield from ask.each(partial(_document, ask), listed)


def _document(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    accounts = ask.listing(
        "ssm",
        "describe_document_permission",
        "AccountIds",
        absent=("InvalidDocument",),
        Name=raw["Name"],
        PermissionType="Share",
    )
    known = accounts if isinstance(accounts, Unknown) else accounts or []
    named = known if isinstance(known, Unknown) else [one for one in known if one != EVERYONE]
    return ask.resource(
        {**raw, "AccountIds": known, **shared_accounts(ask, named)},
        arn=ask.arn("ssm", f"document/{raw['Name']}"),
        name=raw["Name"],
        tags=raw.get("Tags"),
    )
