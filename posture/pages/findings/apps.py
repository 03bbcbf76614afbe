"""App configuration."""

from django.apps import AppConfig


class FindingsConfig(AppConfig):
    """Findings, as a table and one by one."""

    name = "posture.pages.findings"
    label = "findings"
