"""The process that renders one PNG.

Reads resvg's arguments as JSON from its input, and writes the file.

python -m posture.drawing.renderer SECONDS BYTES
"""

from __future__ import annotations

import json
import resource
import sys


def main(seconds: int, memory: int) -> None:
    """Render within so many seconds of processor time and bytes of memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if sys.platform == "linux":
        # Elsewhere the limit has no effect, or counts what libraries map and never touch.
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Loaded within the limits.
    import resvg_py

    sys.stdout.buffer.write(resvg_py.svg_to_bytes(**json.load(sys.stdin.buffer)))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
