"""App configuration."""

from django.apps import AppConfig


class DataConfig(AppConfig):
    """Data stores, their classification and exposure."""

    name = "posture.pages.data"
    label = "data"
