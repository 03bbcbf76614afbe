"""Server certificates in IAM, from before ACM, for load balancers and CloudFront."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource


@collector(
    resource_type="AWS::IAM::ServerCertificate",
    title="Server certificate in IAM",
    plural="Server certificates in IAM",
    service="iam",
    family=Family.IDENTITY,
    cadence=Cadence.DAILY,
    scope=ListingScope.GLOBAL,
    actions=("iam:ListServerCertificates",),
    columns=(Column("Path", "Path"), Column("UploadDate", "Uploaded"), Column("Expiration", "Expires")),
)
def server_certificates(ask: Ask) -> Iterator[Resource]:
    """A certificate in IAM is renewed by nobody but its owner; an expired one may be put back in use by mistake."""
    for raw in ask.pages("iam", "list_server_certificates", "ServerCertificateMetadataList"):
        full = {key: value for key, value in raw.items() if key not in {"ServerCertificateName", "Arn"}}
        yield ask.resource(full, arn=raw["Arn"], name=raw["ServerCertificateName"], region=GLOBAL)
