"""App configuration."""

from django.apps import AppConfig


class OutpostsConfig(AppConfig):
    """Racks, what is placed on them, and the duties that move."""

    name = "posture.pages.outposts"
    label = "outposts"
