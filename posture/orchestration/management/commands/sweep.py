"""`manage.py sweep`: sweeps one account and prints what it found.

Touches no database.
"""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from posture.sweep import command


class Command(BaseCommand):
    """Sweep one AWS account and print resources, gaps and outcomes.

    No database is touched.
    """

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        command.add_arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        options["endpoint_url"] = options["endpoint_url"] or settings.AWS_ENDPOINT_URL or None
        code = command.run(options, sys.stdout, sys.stderr)
        if code:
            sys.exit(code)
