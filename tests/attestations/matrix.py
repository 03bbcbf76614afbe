"""Who gets what of the attestations' URLs: admins and owners attest."""

from __future__ import annotations

from tests.web.access import Page

REFERENCE = "cis_aws_7:2.1.4"
DATA = {
    "account": "222222222222",
    "statement": "Looked at the tree.",
    "reference": "SEC-1",
    "valid_until": "2099-01-01",
}

MATRIX = {
    "attestations:list": Page(),
    "attestations:detail": Page(kwargs=lambda _: {"reference": REFERENCE}),
    # The day is too far away: the form is shown again to whom it is for, in the own scope.
    "attestations:attest": Page(
        kwargs=lambda _: {"reference": REFERENCE}, method="post", data=DATA, executive=403, is_scoped=False
    ),
    "attestations:withdraw": Page(
        kwargs=lambda _: {"reference": REFERENCE},
        method="post",
        data={"account": "222222222222"},
        owner=302,
        stranger=404,
        executive=403,
        admin=302,
    ),
}
