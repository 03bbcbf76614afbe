"""App configuration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, organizations and AWS accounts."""

    name = "accounts"

    def ready(self) -> None:
        """Connect the receivers."""
        from accounts import signals  # noqa: F401 - connects on import
