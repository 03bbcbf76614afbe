"""App configuration."""

from django.apps import AppConfig


class EstateConfig(AppConfig):
    """The AWS accounts, as a tree, a table and one by one."""

    name = "posture.pages.organization"
    label = "organization"
