"""App configuration."""

from django.apps import AppConfig


class ManifestsConfig(AppConfig):
    """Manifests that people upload."""

    name = "posture.manifests"
    label = "manifests"
