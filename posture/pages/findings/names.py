"""What checks, resource types and states are called on the pages of findings."""

from __future__ import annotations

import re

from posture.collectors import all_collectors
from posture.core.check import Check
from posture.core.outcome import Severity
from posture.history.query import FindingRecord, Triage

PROPER = {
    *("Outpost", "Outposts", "Organization", "Organizations"),
    *("Config", "Detective", "Inspector", "Macie", "Trusted"),
}
"""Words that AWS writes with a capital everywhere."""


def type_title(resource_type: str) -> str:
    """Return the noun for one resource, as "EBS volume", or the type itself."""
    collector = all_collectors().get(resource_type)
    return collector.title if collector else resource_type


def in_sentence(title: str) -> str:
    """Return a title as used inside a sentence: "security group", "S3 bucket"."""
    first = title.partition(" ")[0]
    is_name = first in PROPER or any(letter.isupper() or letter.isdigit() or letter == ":" for letter in first[1:])
    return title if is_name or len(first) == 1 else title[:1].lower() + title[1:]


def type_plural(resource_type: str) -> str:
    """Return what several resources of a type are called."""
    collector = all_collectors().get(resource_type)
    return collector.plural if collector else f"{resource_type} resources"


def counted(count: int, resource_type: str) -> str:
    """Return a number of resources in words, as "40 S3 buckets"."""
    return f"{count:,} {in_sentence(type_title(resource_type) if count == 1 else type_plural(resource_type))}"


def paragraphs(text: str) -> list[str]:
    """Return a text's paragraphs, each on one line."""
    return [" ".join(one.split()) for one in text.split("\n\n")]


def severity_label(value: object) -> str:
    """Return a severity's word; what is no severity, as it is."""
    known = {str(int(each)): each.label for each in Severity}
    return known.get(str(value), str(value))


def triage_label(value: object) -> str:
    """Return what a decision is called; what is none, as it is."""
    return dict(Triage.State.choices).get(str(value), str(value))


def status_key(finding: FindingRecord) -> str:
    """Return a finding's state as a key of `marks.STATES`: fail, stale, unknown."""
    return "stale" if finding.stale_since and finding.status == "fail" else finding.status


CLAUSE, SENTENCE = re.compile(r"[.:;](?:\s|$)"), re.compile(r"[.;](?:\s|$)")
STEP = " → "
HASH = re.compile(r"[0-9a-f]{24,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""A name that no person gave: a hash or a UUID."""


PLACEHOLDER = re.compile(r"\{(name|arn|id|region|account)\}")
OF_EACH = {"region": "its region", "account": "its account"}
"""Words for a placeholder where a step is that of many resources."""


def first_step(check: Check | None) -> str:
    """Return the first step of a check's remedy, as "EC2 → Elastic IPs → Release".

    It is that of all the check's resources: placeholders name none of them.
    """
    if check is None:
        return ""
    console = PLACEHOLDER.sub(lambda found: OF_EACH.get(found[1], "the resource"), check.remediation.console)
    clause = CLAUSE.split(console, maxsplit=1)[0]
    return clause if STEP in clause else SENTENCE.split(console, maxsplit=1)[0]


def display_name(name: str, resource_type: str) -> str:
    """Return a resource's display name; a hash is its type and last digits."""
    if name and not HASH.fullmatch(name):
        return name
    return f"{type_title(resource_type)} …{name[-4:]}" if name else type_title(resource_type)
