"""App configuration."""

from django.apps import AppConfig


class CoverageConfig(AppConfig):
    """Native tools by account and region."""

    name = "posture.pages.coverage"
    label = "coverage"
