"""App configuration."""

from django.apps import AppConfig


class PracticesConfig(AppConfig):
    """The practices and frameworks with their results."""

    name = "posture.pages.practices"
    label = "practices"
