"""How to fix one resource: the check's remediation with its names filled in.

What AWS supplied is quoted for the shell, wherever in the line it lands.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from urllib.parse import urlencode

from posture.core.arn import Arn
from posture.core.check import Check
from posture.core.resource import GLOBAL
from posture.history.query import FindingRecord
from posture.pages.findings import members

PLACEHOLDER = re.compile(r"\{(name|arn|id|region|account)\}")
STRUCTURE = re.compile(r"[{\[]")
HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where a partition's services without regions are asked."""
CONSOLES = {
    "aws": "https://console.aws.amazon.com",
    "aws-cn": "https://console.amazonaws.cn",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """Steps in the console, on the command line and in Terraform; may be empty."""

    console: str
    cli: str = ""
    terraform: str = ""
    url: str = ""
    """The resource in the AWS console; empty in a simulation, and for what the console does not have."""
    is_manifest: bool = False
    """The steps are those in a manifest of Kubernetes."""


def remedy_of(check: Check, finding: FindingRecord) -> Remedy:
    """Return the remedy for one finding."""
    values = _values(finding)
    is_manifest = finding.resource_type.startswith("Kubernetes::")
    has_console = not finding.account.organization.is_simulated and not is_manifest
    return Remedy(
        console=PLACEHOLDER.sub(lambda match: values[match[1]], check.remediation.console),
        cli=filled(check.remediation.cli, values),
        terraform=check.remediation.terraform,
        url=console_url(values["arn"]) if has_console else "",
        is_manifest=is_manifest,
    )


def _values(finding: FindingRecord) -> dict[str, str]:
    """Return values of the placeholders; for a population, its first member's."""
    partition, own_id = "aws", finding.resource_name
    named = next(iter(members.arns(finding)), finding.resource_arn)
    if named.startswith("arn:"):
        arn = Arn.parse(named)
        partition, own_id = arn.partition, arn.name
    region = HOMES.get(partition, HOMES["aws"]) if finding.region == GLOBAL else finding.region
    return {
        "name": finding.resource_name,
        "arn": named,
        "id": own_id,
        "region": region,
        "account": finding.account.account_id,
    }


def console_url(arn: str) -> str:
    """Return the console URL of an ARN; empty in an unknown partition."""
    parts = arn.split(":")
    base = CONSOLES.get(parts[1]) if len(parts) > 1 else None
    return f"{base}/go/view?{urlencode({'arn': arn})}" if base else ""


def filled(template: str, values: dict[str, str]) -> str:
    """Return a command line with its placeholders filled in and quoted."""
    return PLACEHOLDER.sub(lambda match: _quoted(values[match[1]], template[: match.start()]), template)


def _quoted(value: str, before: str) -> str:
    quote, since = _open_quote(before)
    if quote and STRUCTURE.search(before, since):
        value = json.dumps(value, ensure_ascii=False)[1:-1]
    if quote == "'":
        return value.replace("'", "'\"'\"'")
    if quote == '"':
        return re.sub(r'([\\"$`])', r"\\\1", value)
    return shlex.quote(value)


def _open_quote(text: str) -> tuple[str, int]:
    """Return the quote open at the end of a command line, and where it opened."""
    quote, since, position = "", 0, 0
    while position < len(text):
        letter = text[position]
        if letter == "\\" and quote != "'":
            position += 1
        elif not quote and letter in "'\"":
            quote, since = letter, position
        elif letter == quote:
            quote = ""
        position += 1
    return quote, since
