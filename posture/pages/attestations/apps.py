"""App configuration."""

from django.apps import AppConfig


class AttestationsConfig(AppConfig):
    """What people attest of what no API reports."""

    name = "posture.pages.attestations"
    label = "attestations"
