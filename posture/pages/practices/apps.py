"""App configuration."""

from django.apps import AppConfig


class PracticesConfig(AppConfig):
    """The practices, and how they stand."""

    name = "posture.pages.practices"
    label = "practices"
