"""Refresh the list of services that resource control policies cover.

.venv/bin/python -m devtools.local.rcp_services            # from AWS's documentation
.venv/bin/python -m devtools.local.rcp_services PAGE.md    # from a saved page
"""

from __future__ import annotations

import re
import sys
import urllib.request
from datetime import UTC, date, datetime
from pathlib import Path

from posture.core.iam.rcp import FILE

PAGE = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.md"
_PREFIX = re.compile(r"\(prefix:([a-z0-9-]+)\)")
_EVER_COVERED = frozenset({"kms", "s3", "secretsmanager", "sqs", "sts"})
"""Those that RCPs cover since they exist: a page without them is not the list."""


def listed(page: str) -> list[str]:
    """Return the IAM prefixes that AWS's page lists; raises ValueError for another."""
    prefixes = set(_PREFIX.findall(page))
    if not prefixes >= _EVER_COVERED:
        raise ValueError("the page does not list the services that RCPs cover")
    return sorted(prefixes)


def as_toml(prefixes: list[str], day: date) -> str:
    """Return the text of the file of services as of a day."""
    return "\n".join(
        [
            "# Services that resource control policies cover, by IAM prefix, from the list in AWS's documentation:",
            "# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
            "# Written by: python -m devtools.local.rcp_services",
            "",
            f"as_of = {day}",
            "",
            "covered = [",
            *(f'    "{prefix}",' for prefix in prefixes),
            "]",
            "",
        ]
    )


def main(arguments: list[str]) -> None:
    """Write the services of a saved page, or of AWS's own."""
    if arguments:
        page = Path(arguments[0]).read_text(encoding="utf-8")
    else:
        with urllib.request.urlopen(PAGE, timeout=30) as answer:
            page = answer.read().decode()
    FILE.write_text(as_toml(listed(page), datetime.now(UTC).date()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
