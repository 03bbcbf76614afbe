"""Which container tools a start-up script calls. Declares no collector."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

MAX_LENGTH = 65_536
"""More than a script of 16 KiB, which is EC2's limit, unpacks to."""
_GZIP = b"\x1f\x8b"
_TOOLS = {
    "ECS agent": rb"ECS_CLUSTER|/etc/ecs/ecs\.config|amazon-ecs-agent|ecs-init",
    "EKS node": rb"/etc/eks/bootstrap\.sh|nodeadm|node\.eks\.aws|settings\.kubernetes",
    "k3s": rb"(?<![A-Za-z0-9])k3s(?![A-Za-z0-9])",
    "kubeadm": rb"(?<![A-Za-z0-9])kubeadm(?![A-Za-z0-9])",
    "Docker Compose": rb"docker[ -]compose",
    "Docker": rb"(?<![A-Za-z0-9./-])docker (?:run|pull|service|stack|start)(?![A-Za-z0-9])"
    rb"|(?:enable|start|restart)[^\n]{0,40}docker(?![A-Za-z0-9])",
    "Podman": rb"(?<![A-Za-z0-9])podman(?![A-Za-z0-9])",
    "containerd": rb"(?<![A-Za-z0-9])(?:nerdctl|ctr (?:run|images?|containers?))(?![A-Za-z0-9])",
    "Nomad": rb"(?<![A-Za-z0-9])nomad agent(?![A-Za-z0-9])",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _TOOLS.items()}


def container_tools(user_data: str) -> list[str]:
    """Return the names of the container tools that user data, in base64, calls.

    Only the names leave the collector, never a part of the script.
    """
    script = _script(user_data)
    return [name for name, pattern in _PATTERNS.items() if pattern.search(script)]


def _script(user_data: str) -> bytes:
    try:
        raw = base64.b64decode(user_data, validate=True)
        if raw.startswith(_GZIP):
            raw = zlib.decompressobj(wbits=31).decompress(raw, MAX_LENGTH)
    except (binascii.Error, ValueError, zlib.error):
        # Somebody else's bytes: what cannot be read starts nothing that we know of.
        return b""
    return raw[:MAX_LENGTH]
