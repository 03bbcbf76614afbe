"""`manage.py sweep --demo`.

The command of the product, on an account of the simulated Organization.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from devtools.simulator.declared import Declared
from posture.orchestration.management.commands import sweep

EXAMPLE = "webshop-prod"


class Command(sweep.Command):
    """Sweep one AWS account and print resources, gaps and outcomes.

    No database is touched.
    """

    help = sweep.Command.help

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--demo",
            nargs="?",
            const=EXAMPLE,
            metavar="ACCOUNT",
            help=f"sweep an account of the simulated Organization, by its name (without one: {EXAMPLE})",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        if name := options.pop("demo"):
            if not (options["endpoint_url"] or settings.AWS_ENDPOINT_URL):
                raise CommandError("No simulated Organization runs here: start it with ./dev up, in another terminal.")
            options |= _way_into(Declared.read(), name)
        super().handle(*arguments, **options)


def _way_into(declared: Declared, name: str) -> dict[str, str]:
    """Return the options by which an account is entered."""
    account, facts = declared.by_name.get(name), declared.organization
    if account is None:
        raise CommandError(
            f"The simulated Organization has no account {name!r}: {', '.join(sorted(declared.by_name))}."
        )
    return {
        "role_arn": f"arn:aws:iam::{account.id}:role/{facts['role']}",
        "external_id": facts["external_id"],
        "regions": ",".join(declared.regions),
    }
