"""How images are named, as Docker reads it."""

from __future__ import annotations

import pytest

from posture.pages.containers.references import Registry, parse_reference

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "host", "repository", "tag", "digest", "registry"),
    [
        ("nginx", "docker.io", "nginx", "", "", Registry.DOCKER_HUB),
        ("team/app:1.2", "docker.io", "team/app", "1.2", "", Registry.DOCKER_HUB),
        ("registry.example:5000/web", "registry.example:5000", "web", "", "", Registry.OTHER),
        ("localhost/web:1", "localhost", "web", "1", "", Registry.OTHER),
        ("public.ecr.aws/nginx/nginx:1.27", "public.ecr.aws", "nginx/nginx", "1.27", "", Registry.ECR_PUBLIC),
        (f"quay.io/a/b@{DIGEST}", "quay.io", "a/b", "", DIGEST, Registry.OTHER),
        (f"quay.io/a/b:3@{DIGEST}", "quay.io", "a/b", "3", DIGEST, Registry.OTHER),
        ("", "docker.io", "", "", "", Registry.DOCKER_HUB),
    ],
)
def test_the_parts_of_a_name(text: str, host: str, repository: str, tag: str, digest: str, registry: Registry) -> None:
    found = parse_reference(text)
    assert (found.host, found.repository, found.tag, found.digest) == (host, repository, tag, digest)
    assert found.registry is registry


@pytest.mark.parametrize(
    "host",
    [
        "111122223333.dkr.ecr.eu-central-1.amazonaws.com",
        "111122223333.dkr.ecr-fips.eu-central-1.amazonaws.com",
        "111122223333.dkr-ecr.eu-central-1.on.aws",
    ],
)
def test_ecr_says_whose_it_is_and_where(host: str) -> None:
    found = parse_reference(f"{host}/shop/web:1.4")
    assert found.registry is Registry.ECR
    assert found.location == ("111122223333", "eu-central-1")
    assert found.name == "shop/web:1.4"


def test_what_only_looks_like_ecr_is_none() -> None:
    found = parse_reference("111122223333.dkr.ecr.eu-central-1.amazonaws.com.example.org/web:1")
    assert found.registry is Registry.OTHER
    assert found.location == ("", "")
