"""The app of the demo's management command; it has no models."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo, as Django knows it."""

    name = "devtools.simulator"
    label = "demo"
