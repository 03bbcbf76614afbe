"""App configuration."""

from django.apps import AppConfig


class ParametersConfig(AppConfig):
    """The values by which checks judge."""

    name = "posture.pages.parameters"
    label = "parameters"
