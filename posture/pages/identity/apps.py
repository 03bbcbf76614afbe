"""App configuration."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Identities, their power and use, and who comes in from outside."""

    name = "posture.pages.identity"
    label = "identity"
