"""`manage.py manifests`: judges Kubernetes manifests and prints what fails.

Touches no database.
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from posture.kubernetes import command


class Command(BaseCommand):
    """Judge Kubernetes manifests in files, folders or archives."""

    help = command.DESCRIPTION
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        command.add_arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        code = command.run(options, sys.stdout, sys.stderr)
        if code:
            sys.exit(code)
