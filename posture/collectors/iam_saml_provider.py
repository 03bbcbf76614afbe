"""SAML providers: whose sign-ins are taken for a role of the account."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource


@collector(
    resource_type="AWS::IAM::SAMLProvider",
    title="SAML provider",
    plural="SAML providers",
    service="iam",
    family=Family.IDENTITY,
    cadence=Cadence.DAILY,
    scope=ListingScope.GLOBAL,
    actions=("iam:ListSAMLProviders",),
    columns=(Column("ValidUntil", "Valid until"), Column("CreateDate", "Created")),
)
def saml_providers(ask: Ask) -> Iterator[Resource]:
    """A provider's sign-ins open roles to a company's own people; when its certificate ends, nobody gets in."""
    for raw in ask.pages("iam", "list_saml_providers", "SAMLProviderList"):
        yield ask.resource(
            {"ValidUntil": raw.get("ValidUntil"), "CreateDate": raw.get("CreateDate")},
            arn=raw["Arn"],
            name=raw["Arn"].partition("/")[2],
            region=GLOBAL,
        )
