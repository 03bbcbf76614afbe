"""Makes the demo's management command known to Django; there are no models here."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo, as Django knows it."""

    name = "devtools.simulator"
    label = "demo"
