"""Forks workers in milliseconds: imports and AWS's clients are made beforehand.

`python -m tests.faults.nursery` forks one for each line that it reads, and answers with its process id.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import partial

HOME, REGION = "us-east-1", "eu-central-1"
CLIENTS = (
    ("sts", HOME), ("iam", HOME), ("ec2", HOME), ("ec2", REGION), ("s3", HOME), ("s3", REGION),
    ("secretsmanager", REGION), ("efs", REGION),
)  # fmt: skip


def main() -> None:
    """Serve until the input ends."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
    django.setup()
    import posture.jobs  # noqa: F401 - RQ looks it up by name
    from posture.checks import all_checks
    from posture.orchestration import account_work, heartbeat
    from posture.orchestration.engine import engine
    from posture.sweep import sweep_account
    from tests.faults import furnish

    all_checks()
    setattr(account_work, "sweep_account", partial(sweep_account, collectors=furnish.collectors()))  # noqa: B010 - patched
    account_work.HEARTBEAT_SECONDS, account_work.LOOK_SECONDS, heartbeat.WORKER_SECONDS = 0.3, 0.1, 0.3
    clients = engine().clients
    for service, region in CLIENTS:
        clients.of(service, region)
    # Whoever is killed leaves no zombie behind.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            engine().clients = clients
            serve()
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def serve() -> None:
    """Take jobs, as `manage.py rqworker` does, until the process is ended."""
    import django_rq

    sys.stdin.close()
    try:
        django_rq.get_worker("default", "sweeps", worker_class="posture.orchestration.worker.SweepWorker").work()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
