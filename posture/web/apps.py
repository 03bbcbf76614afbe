"""App configuration."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The frame of every page."""

    name = "posture.web"
    label = "web"
