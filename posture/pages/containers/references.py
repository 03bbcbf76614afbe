"""Names of images, as people write them: registry, repository, tag and digest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_ECR = re.compile(r"(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]{1,40})\.(?:amazonaws\.com(?:\.cn)?|on\.aws)")
DOCKER_HUB = "docker.io"
DOCKER_HUB_HOSTS = {"docker.io", "index.docker.io", "registry-1.docker.io"}
LATEST = "latest"
SHORT_DIGEST = 12


class Registry(StrEnum):
    """Whose registry an image comes from."""

    ECR = "ecr"
    ECR_PUBLIC = "ecr-public"
    DOCKER_HUB = "docker-hub"
    OTHER = "other"


REGISTRY_NAMES = {
    Registry.ECR: "Amazon ECR",
    Registry.ECR_PUBLIC: "Amazon ECR Public",
    Registry.DOCKER_HUB: "Docker Hub",
    Registry.OTHER: "another registry",
}


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image's name in its parts; empty where it has none."""

    host: str
    repository: str
    tag: str
    digest: str

    @property
    def registry(self) -> Registry:
        """Whose registry it is."""
        if _ECR.fullmatch(self.host):
            return Registry.ECR
        if self.host == "public.ecr.aws":
            return Registry.ECR_PUBLIC
        return Registry.DOCKER_HUB if self.host in DOCKER_HUB_HOSTS else Registry.OTHER

    @property
    def location(self) -> tuple[str, str]:
        """The account and region of an ECR registry; empty for others."""
        match = _ECR.fullmatch(self.host)
        return (match[1], match[2]) if match else ("", "")

    @property
    def is_public(self) -> bool:
        """Return True if anyone may pull it."""
        return self.registry in {Registry.ECR_PUBLIC, Registry.DOCKER_HUB}

    @property
    def is_by_tag(self) -> bool:
        """Return True if what it names can become another image."""
        return not self.digest

    @property
    def name(self) -> str:
        """The repository with its tag, or a short digest."""
        if self.tag or not self.digest:
            return f"{self.repository}:{self.tag or LATEST}"
        return f"{self.repository}@{short_digest(self.digest)}"


def short_digest(digest: str) -> str:
    """Return the beginning of a digest, as people read it."""
    return digest.removeprefix("sha256:")[:SHORT_DIGEST]


def parse_reference(text: str) -> ImageReference:
    """Return the parts of an image's name, by Docker's rules.

    The first part is a registry if it has a dot or a colon; without one, Docker Hub is meant.
    """
    name, _, digest = text.strip().partition("@")
    host, slash, rest = name.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, rest = DOCKER_HUB, name
    path, _, tag = _split_tag(rest)
    return ImageReference(host.lower(), path, tag, digest)


def _split_tag(rest: str) -> tuple[str, str, str]:
    folder, slash, last = rest.rpartition("/")
    name, colon, tag = last.partition(":")
    return f"{folder}{slash}{name}", colon, tag
