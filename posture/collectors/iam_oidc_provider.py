"""OpenID Connect providers: whose tokens are taken for a role of the account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::IAM::OIDCProvider",
    title="OpenID Connect provider",
    plural="OpenID Connect providers",
    service="iam",
    family=Family.IDENTITY,
    scope=ListingScope.GLOBAL,
    actions=("iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider"),
    columns=(
        Column("Url", "Issuer"),
        Column("ClientIDList", "Audiences"),
        Column("CreateDate", "Created"),
    ),
    unordered=("ClientIDList", "ThumbprintList"),
)
def oidc_providers(ask: Ask) -> Iterator[Resource]:
    """A provider's tokens open roles from outside AWS: build systems, clusters, other clouds."""

    def read(arn: str) -> dict[str, Any] | Unknown | None:
        return ask.call("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=arn, absent=("NoSuchEntity",))

    listed = ask.pages("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList")
    arns = [str(each["Arn"]) for each in listed]
    for arn, raw in zip(arns, ask.each(read, arns), strict=True):
        if raw is None:
            continue
        keys = ("Url", "ClientIDList", "ThumbprintList", "CreateDate")
        full = {key: raw if isinstance(raw, Unknown) else raw.get(key) for key in keys}
        tags = raw if isinstance(raw, Unknown) else raw.get("Tags")
        yield ask.resource(full, arn=arn, name=arn.partition("/")[2], region=GLOBAL, tags=tags)
