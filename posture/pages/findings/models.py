"""Saved views of the list of findings: a query under a name.

A view holds a query and no finding, so that whoever opens it sees what their own scope has of it.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import Organization

NAME_MAX = 60
QUERY_MAX = 2000


class SavedView(models.Model):
    """One view of an organization's findings; shared where it has no owner."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=NAME_MAX)
    query = models.CharField(max_length=QUERY_MAX, blank=True, help_text="As in the URL, without the scope.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, help_text="Kept for a day, so that it can be undone.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organization", "owner", Lower("name"),
                condition=Q(deleted_at__isnull=True, owner__isnull=False), name="one_private_view_of_a_name",
            ),
            models.UniqueConstraint(
                "organization", Lower("name"),
                condition=Q(deleted_at__isnull=True, owner__isnull=True), name="one_shared_view_of_a_name",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        """Return True where all who see the organization have it."""
        return self.owner_id is None


class DefaultView(models.Model):
    """The view with which a person's list of findings opens."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="defaults")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organization"], name="one_default_view_per_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.view}"
