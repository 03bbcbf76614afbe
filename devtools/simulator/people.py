"""The demo's logins.

Passwords are derived from the installation's secret key and stored nowhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings

from accounts.models import ConnectedCluster, Organization, Ownership, Role, User
from devtools.simulator.declared import Declared


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody who logs in to the demo; owns `accounts` and `units` by name."""

    login: str
    first_name: str
    last_name: str
    role: Role
    about: str
    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


PERSONAS = (
    Persona("ada@alderfinch.example", "Ada", "Lindqvist", Role.ADMIN, "runs Plumbline"),
    Persona("edith@alderfinch.example", "Edith", "Morrow", Role.EXECUTIVE, "CISO, reads everything"),
    Persona(
        "owen@alderfinch.example",
        "Owen",
        "Okafor",
        Role.OWNER,
        "owns the web shop's accounts",
        accounts=("webshop-prod", "webshop-dev", "loyalty-legacy"),
    ),
    Persona(
        "olga@alderfinch.example",
        "Olga",
        "Petrova",
        Role.OWNER,
        "owns the clinics, as a unit",
        units=("Clinics",),
    ),
)


def password_of(persona: Persona) -> str:
    """Return the password that a persona gets in this installation."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"demo login {persona.login}".encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:16]


def create_logins() -> list[tuple[Persona, str | None]]:
    """Create who is missing.

    Return everybody with the password, None where the person has changed it.
    """
    logins: list[tuple[Persona, str | None]] = []
    for persona in PERSONAS:
        user, created = User.objects.get_or_create(
            username=persona.login,
            defaults={
                "email": persona.login,
                "first_name": persona.first_name,
                "last_name": persona.last_name,
                "role": persona.role,
            },
        )
        password = password_of(persona)
        if created:
            user.set_password(password)
            user.save(update_fields=["password"])
        logins.append((persona, password if created or user.check_password(password) else None))
    return logins


def assign_owners(organization: Organization) -> None:
    """Make the owners own what is discovered so far."""
    for persona in PERSONAS:
        user = User.objects.get(username=persona.login)
        for account in organization.accounts.filter(name__in=persona.accounts):
            Ownership.objects.get_or_create(user=user, account=account)
        for unit in organization.units.filter(name__in=persona.units, gone_at=None):
            Ownership.objects.get_or_create(user=user, unit=unit)


def connect_clusters(organization: Organization, declared: Declared, week: int) -> None:
    """Have the clusters of a week read, as the demo's admin would."""
    admin = User.objects.get(username=PERSONAS[0].login)
    accounts = {one.account_id: one for one in organization.accounts.all()}
    for name in declared.plan(week):
        if name.kind == "kubernetes-cluster" and name.account in accounts:
            ConnectedCluster.objects.get_or_create(
                account=accounts[name.account],
                arn=f"arn:aws:eks:{name.region}:{name.account}:cluster/{name.name}",
                defaults={"connected_by": admin, "connected_by_name": admin.username},
            )
