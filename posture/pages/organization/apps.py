"""App configuration."""

from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    """The AWS accounts, as a tree, a table and one by one."""

    name = "posture.pages.organization"
    label = "organization"
