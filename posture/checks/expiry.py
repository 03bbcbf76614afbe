"""How long before its end something has to be renewed. Declares no check."""

from __future__ import annotations

from datetime import timedelta

from posture.core.parameters import days

RENEWAL_DAYS = days(
    "renewal_days",
    "Renewal of certificates",
    "A certificate, or the metadata of a SAML provider, that ends within so many days has to be renewed.",
    default=30,
    maximum=365,
    source="ACM.1",
)


def before_the_end() -> timedelta:
    """Return how long before its end something has to be renewed, as a negative time."""
    return -timedelta(days=RENEWAL_DAYS.value)
