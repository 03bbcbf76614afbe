"""App configuration."""

from django.apps import AppConfig


class EntryConfig(AppConfig):
    """Doors that face the internet and what guards them."""

    name = "posture.pages.entry"
    label = "entry"
