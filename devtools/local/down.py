"""`./dev down`: ends what `./dev up` started, also what a killed one left behind."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from devtools.local import processes
from devtools.local.installation import ROOT, running

STOP_SECONDS = 45.0
"""Seconds for a launcher to stop its children."""


def down(root: Path = ROOT) -> list[str]:
    """End everything that belongs to the checkout; return what it was."""
    ended = []
    launcher = running(root)
    if launcher:
        pid, _kind, note = launcher
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        if not processes.wait_until_gone(pid, patience=STOP_SECONDS):
            os.kill(pid, signal.SIGKILL)
        ended.append(note)
    return ended + processes.end(processes.of_run(root / ".run"), patience=20)


def main() -> int:
    """Run the command; return its exit code."""
    ended = down()
    print(f"Ended: {', '.join(sorted(set(ended)))}." if ended else "Nothing was running.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
