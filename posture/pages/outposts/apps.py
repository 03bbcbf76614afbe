"""App configuration."""

from django.apps import AppConfig


class OutpostsConfig(AppConfig):
    """Outposts, their workloads and the customer's duties."""

    name = "posture.pages.outposts"
    label = "outposts"
