"""Which scripts start containers, and that nothing else of them is kept."""

from __future__ import annotations

import base64
import gzip

import pytest

from posture.collectors.container_tools import container_tools


def encoded(script: str, *, packed: bool = False) -> str:
    raw = script.encode()
    return base64.b64encode(gzip.compress(raw) if packed else raw).decode()


@pytest.mark.parametrize(
    ("script", "tools"),
    [
        ("#!/bin/sh\ndocker run -d -p 80:80 nginx:1.27", ["Docker"]),
        ("#cloud-config\nruncmd:\n  - systemctl enable --now docker", ["Docker"]),
        ("cd /srv && docker compose up -d", ["Docker Compose"]),
        ("docker-compose -f /srv/app.yaml up -d", ["Docker Compose"]),
        ("echo ECS_CLUSTER=batch >> /etc/ecs/ecs.config", ["ECS agent"]),
        ("/etc/eks/bootstrap.sh shop --kubelet-extra-args ''", ["EKS node"]),
        ("apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig", ["EKS node"]),
        ("curl -sfL https://get.k3s.io | sh -", ["k3s"]),
        ("podman run --rm quay.io/team/api", ["Podman"]),
        ("#!/bin/sh\nyum install -y httpd", []),
        ("echo see https://example.com/docker-hub", []),
        ("chown -R dockerless /srv", []),
    ],
)
def test_the_tools_that_a_script_calls(script: str, tools: list[str]) -> None:
    assert container_tools(encoded(script)) == tools
    assert container_tools(encoded(script, packed=True)) == tools


@pytest.mark.parametrize("odd", ["", "!!", "a", "H4sIAAAA", encoded("\x00\xff" * 40_000)])
def test_what_is_no_script_calls_nothing(odd: str) -> None:
    assert container_tools(odd) == []


def test_a_small_archive_that_unpacks_to_much_is_read_up_to_a_limit() -> None:
    assert container_tools(encoded(" " * 50_000_000 + "docker run x", packed=True)) == []
