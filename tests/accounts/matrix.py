"""Who gets what of the URLs of onboarding and settings.

They are the admins' alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import Organization
from tests.web.access import Page, admins_only
from tests.web.world import World


def organization(world: World) -> Mapping[str, Any]:
    """Return the arguments of a page about the world's organization."""
    return {"pk": world.organization.pk}


def a_template(world: World) -> Mapping[str, Any]:
    """Return the arguments of the member template."""
    return {**organization(world), "which": "member"}


def a_person(world: World) -> Mapping[str, Any]:
    """Return the arguments of the page about the world's owner."""
    return {"pk": world.owner.pk}


def a_draft(world: World) -> Mapping[str, Any]:
    """Return the arguments of a page about an organization in onboarding."""
    return {"pk": Organization.objects.create(name="Draft", root_account_id="999999999999").pk}


MATRIX: dict[str, Page] = {
    "onboarding:organizations": admins_only(is_scoped=False),
    "onboarding:new": admins_only(is_scoped=False),
    "onboarding:caller": admins_only(is_scoped=False),
    "onboarding:people": admins_only(is_scoped=False),
    "onboarding:person_new": admins_only(is_scoped=False),
    "onboarding:person": admins_only(kwargs=a_person, is_scoped=False),
    "onboarding:access": admins_only(kwargs=a_person, admin=302, method="post", is_scoped=False),
    "onboarding:settings": admins_only(kwargs=organization, is_scoped=False),
    "onboarding:who": admins_only(kwargs=organization, is_scoped=False),
    "onboarding:deploy": admins_only(kwargs=organization, is_scoped=False),
    "onboarding:template": admins_only(kwargs=a_template, is_scoped=False),
    "onboarding:connect": admins_only(kwargs=organization, is_scoped=False),
    "onboarding:test": admins_only(kwargs=lambda world: {**organization(world), "test_pk": 0}, admin=404),
    "onboarding:start": admins_only(kwargs=organization, admin=400, method="post", is_scoped=False),
    "onboarding:rotation": admins_only(kwargs=organization, is_scoped=False),
    "onboarding:rotation_begin": admins_only(kwargs=organization, admin=302, method="post", is_scoped=False),
    "onboarding:rotation_end": admins_only(kwargs=organization, admin=302, method="post", is_scoped=False),
    "onboarding:delete": admins_only(kwargs=a_draft, is_scoped=False),
    "onboarding:pause": admins_only(kwargs=organization, admin=302, method="post", is_scoped=False),
}
