"""App configuration."""

from django.apps import AppConfig


class DataConfig(AppConfig):
    """Where sensitive data lies, and what is exposed of it."""

    name = "posture.pages.data"
    label = "data"
