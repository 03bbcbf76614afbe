"""Certificates of AWS Certificate Manager: names, use, and expiry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_KEYS = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
"""Without this filter ACM lists RSA keys of 1,024 and 2,048 bits alone."""
_GONE = ("ResourceNotFoundException",)
_DETAILS = (
    "SubjectAlternativeNames", "Issuer", "Status", "NotBefore", "NotAfter", "InUseBy", "RenewalEligibility",
    "RenewalSummary", "KeyAlgorithm", "Options", "Type", "DomainName", "CreatedAt",
)  # fmt: skip


@collector(
    resource_type="AWS::CertificateManager::Certificate",
    title="Certificate",
    plural="Certificates",
    service="acm",
    family=Family.IDENTITY,
    cadence=Cadence.DAILY,
    arn_names=("acm:certificate",),
    actions=("acm:ListCertificates", "acm:DescribeCertificate", "acm:ListTagsForCertificate"),
    columns=(
        Column("DomainName", "Name"),
        Column("Type", "Type"),
        Column("KeyAlgorithm", "Key"),
        Column("NotAfter", "Until"),
        Column("InUseBy", "Used by"),
    ),
    ignored=("RenewalSummary.UpdatedAt", "RenewalSummary.DomainValidationOptions"),
    unordered=("InUseBy", "SubjectAlternativeNames"),
)
def certificates(ask: Ask) -> Iterator[Resource]:
    """A certificate that runs out takes its site with it; one with a weak key or an old log option is no proof."""
    listed = ask.pages("acm", "list_certificates", "CertificateSummaryList", Includes={"keyTypes": list(_KEYS)})
    arns = [each["CertificateArn"] for each in listed]
    for arn, details in zip(arns, ask.each(partial(_details, ask), arns), strict=True):
        if details["certificate"] is not None:
            config = _read(details["certificate"])
            name = config["DomainName"] if isinstance(config["DomainName"], str) else None
            yield ask.resource(config, arn=arn, name=name, tags=details["tags"])


def _details(ask: Ask, arn: str) -> dict[str, Any]:
    get = partial(ask.field, "acm", CertificateArn=arn, absent=_GONE)
    return ask.together(
        {
            "certificate": lambda: get("describe_certificate", "Certificate"),
            "tags": lambda: get("list_tags_for_certificate", "Tags"),
        }
    )


def _read(certificate: Mapping[str, Any] | Unknown) -> dict[str, Any]:
    if isinstance(certificate, Unknown):
        return dict.fromkeys(("DomainName", "NotAfter", "KeyAlgorithm", "InUseBy", "Status"), certificate)
    return {key: certificate.get(key) for key in _DETAILS}
