"""`manage.py activity`: finds risky activity in exported CloudTrail events.

Touches no database.
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from posture.activity import command


class Command(BaseCommand):
    """Judge and investigate exported CloudTrail events."""

    help = command.DESCRIPTION
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        command.add_arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        if code := command.run(options, sys.stdout, sys.stderr):
            sys.exit(code)
