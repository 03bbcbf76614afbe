"""App configuration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, organizations and AWS accounts."""

    name = "accounts"
