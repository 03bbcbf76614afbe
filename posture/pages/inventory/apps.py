"""App configuration."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Resources by type, and one by one with their versions."""

    name = "posture.pages.inventory"
    label = "inventory"
