"""App configuration."""

from django.apps import AppConfig


class PermissionsConfig(AppConfig):
    """The role's permissions, and what each is for."""

    name = "posture.pages.permissions"
    label = "permissions"
