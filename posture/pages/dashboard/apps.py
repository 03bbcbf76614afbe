"""App configuration."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The executive overview."""

    name = "posture.pages.dashboard"
    label = "dashboard"
