"""`./dev manage …`: run a Django command on this checkout's data.

The site may be running or not.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

from devtools.local.installation import SERVER_ERRORS, AlreadyRunningError, Installation, last_kind, running


def main(arguments: list[str]) -> int:
    """Run the command, starting the servers it needs for as long as it takes.

    Return its exit code.
    """
    launcher = running()
    installation = Installation(launcher[1] if launcher else last_kind())
    with ExitStack() as stack:
        if not launcher:
            stack.enter_context(installation.claimed(f"./dev manage {' '.join(arguments[:1])}"))
            if installation.has_own_database:
                stack.enter_context(installation.postgres)
            if installation.has_own_queue:
                stack.enter_context(installation.valkey)
        env = installation.environment()
        return subprocess.run([sys.executable, "manage.py", *arguments], env=env, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (AlreadyRunningError, *SERVER_ERRORS) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
