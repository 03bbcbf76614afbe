"""App configuration."""

from django.apps import AppConfig


class ContainersConfig(AppConfig):
    """The container estate."""

    name = "posture.pages.containers"
    label = "containers"
