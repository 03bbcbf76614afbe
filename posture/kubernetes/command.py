"""Judge manifests from the command line.

`plumbline manifests`, or `manage.py manifests`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from posture.core.check import Check
from posture.core.clock import Clock
from posture.core.outcome import Severity, Status
from posture.kubernetes.manifests import Manifest, ManifestError
from posture.kubernetes.objects import Finding, judge
from posture.kubernetes.pod_security import LATEST, level_of
from posture.kubernetes.pods import pod_of
from posture.kubernetes.sources import read_path

DESCRIPTION = "Judge Kubernetes manifests: files, folders, .zip or .tar.gz. Nothing is sent anywhere."
NEVER = "never"
UNREADABLE = 2
"""The exit code where files cannot be read."""
SEVERITIES = {severity.name.lower(): severity for severity in Severity}
SARIF_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Report:
    """What is printed: the objects, what fails, and what could not be judged."""

    manifests: Sequence[Manifest]
    failing: Sequence[Finding]
    unjudged: Sequence[Finding]
    version: int
    """Of Kubernetes: 31 for 1.31."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file, folder or archive of manifests")
    parser.add_argument("--format", choices=("text", "json", "sarif"), default="text", help="default: text")
    parser.add_argument(
        "--fail-on",
        choices=(*SEVERITIES, NEVER),
        default="high",
        help="end with 1 where something of this severity or a higher one fails; default: high",
    )
    parser.add_argument(
        "--kubernetes-version",
        type=_minor,
        default=LATEST,
        metavar="1.N",
        help=f"version whose Pod Security Standards count; default: 1.{LATEST}",
    )


def _minor(text: str) -> int:
    major, _, minor = text.removeprefix("v").partition(".")
    if major != "1" or not minor.isdecimal():
        raise argparse.ArgumentTypeError(f"write it as 1.{LATEST}, not as {text!r}")
    return int(minor)


def run(options: dict[str, Any], out: TextIO, err: TextIO) -> int:
    """Read, judge and print.

    Return 1 where something severe fails, 2 where nothing can be read.
    """
    try:
        manifests = [one for path in options["paths"] for one in read_path(path)]
    except (ManifestError, OSError) as error:
        err.write(f"{_plain(str(error))}\n")
        return UNREADABLE
    if not manifests:
        err.write("There is no manifest in these paths: files end in .yaml, .yml or .json.\n")
        return UNREADABLE
    version = options["kubernetes_version"]
    findings = judge(manifests, Clock(datetime.now(UTC)), version)
    unjudged = [one for one in findings if one.outcome.status is Status.UNKNOWN]
    err.writelines(f"{_plain(_named(one))}\n" for one in unjudged)
    failing = sorted((one for one in findings if one.outcome.status is Status.FAIL), key=_order)
    report = Report(manifests, failing, sorted(unjudged, key=_order), version)
    printers = {"text": _text, "json": _json, "sarif": _sarif}
    out.writelines(f"{line}\n" for line in printers[options["format"]](report))
    limit = SEVERITIES.get(options["fail_on"])
    # What could not be judged may be as bad as what fails: an odd manifest must not pass by breaking a check.
    return int(limit is not None and any(one.severity >= limit for one in (*failing, *unjudged)))


def _named(unjudged: Finding) -> str:
    where = f"{unjudged.manifest.file}:{unjudged.line}"
    return f"{where}: not judged by {unjudged.check.id}: {unjudged.outcome.reason}"


def _order(finding: Finding) -> tuple[Any, ...]:
    return (-finding.severity, finding.manifest.file, finding.manifest.document, finding.line, finding.check.id)


def _text(report: Report) -> Iterator[str]:
    version = report.version
    for one in report.failing:
        what = f"{one.manifest.kind} {one.manifest.name}".strip()
        yield f"{_plain(one.manifest.file)}:{one.line}: {one.severity.label}: {one.check.problem} [{one.check.id}]"
        yield f"    {_plain(what)}: {_plain(one.outcome.reason)}"
        yield f"    {one.check.remediation.console}"
    counts = Counter(one.severity for one in report.failing)
    found = [f"{counts[severity]} {severity.label.lower()}" for severity in Severity if counts[severity]]
    unjudged = f", {len(report.unjudged)} not judged" if report.unjudged else ""
    yield f"{len(report.manifests)} objects, {', '.join(found) or 'nothing failing'}{unjudged}."
    levels = Counter(str(level_of(pod, version) or "none") for one in report.manifests if (pod := pod_of(one.content)))
    if levels:
        reached = ", ".join(f"{count} {name}" for name, count in sorted(levels.items()))
        yield f"Pod Security Standards of 1.{version} that workloads reach: {reached}."


def _plain(text: str) -> str:
    """Return text of a manifest without what a terminal would act on."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _json(report: Report) -> Iterator[str]:
    workloads = [
        {"file": one.file, "line": one.line("kind"), "kind": one.kind, "name": one.name, "namespace": one.namespace,
         "pod_security": str(level_of(pod, report.version) or "none")}
        for one in report.manifests
        if (pod := pod_of(one.content))
    ]  # fmt: skip
    content = {
        "objects": len(report.manifests),
        "kubernetes_version": f"1.{report.version}",
        "workloads": workloads,
        "findings": [_row(one) | {"fix": one.check.remediation.console} for one in report.failing],
        "not_judged": [_row(one) for one in report.unjudged],
    }
    yield json.dumps(content, indent=1)


def _row(one: Finding) -> dict[str, Any]:
    return {
        "check": one.check.id,
        "severity": one.severity.label.lower(),
        "problem": one.check.problem,
        "reason": one.outcome.reason,
        "file": one.manifest.file,
        "line": one.line,
        "path": one.outcome.evidence[0] if one.outcome.evidence else "",
        "kind": one.manifest.kind,
        "name": one.manifest.name,
        "namespace": one.manifest.namespace,
    }


def _sarif(report: Report) -> Iterator[str]:
    checks = {one.check.id: one.check for one in (*report.failing, *report.unjudged)}
    failing = [
        {"kind": "fail", "level": SARIF_LEVELS[one.severity]}
        | _result(one, f"{one.check.problem}. {one.outcome.reason}")
        for one in report.failing
    ]
    # SARIF allows no level other than "none" for a result that is no failure.
    unjudged = [
        {"kind": "review", "level": "none"} | _result(one, f"Not judged: {one.check.title}. {one.outcome.reason}")
        for one in report.unjudged
    ]
    driver = {"name": "Plumbline", "rules": [_rule(check) for check in checks.values()]}
    run = {"tool": {"driver": driver}, "results": failing + unjudged}
    yield json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(one: Finding, message: str) -> dict[str, Any]:
    location = {
        "artifactLocation": {"uri": quote(one.manifest.file, errors="replace")},
        "region": {"startLine": one.line},
    }
    return {
        "ruleId": one.check.id,
        "message": {"text": message},
        "locations": [{"physicalLocation": location}],
    }


def _rule(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "shortDescription": {"text": check.problem},
        "fullDescription": {"text": check.why},
        "help": {"text": check.remediation.console},
        "defaultConfiguration": {"level": SARIF_LEVELS[check.severity]},
        "properties": {"security-severity": str({4: 9.5, 3: 8.0, 2: 5.5, 1: 2.0}[check.severity])},
    }
