"""Sweep one account from the command line, without database or Django.

`plumbline sweep`, `python -m posture.sweep`, or `manage.py sweep`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

import boto3
from botocore.exceptions import BotoCoreError

from posture.activity import command as activity
from posture.checks import read_values
from posture.collectors import all_collectors
from posture.core.outcome import Status
from posture.core.parameters import NO_VALUES, Values
from posture.core.sweep import AccountResult
from posture.core.values import plain
from posture.sweep import sweep
from posture.sweep.cpu_affinity import one_core
from posture.sweep.errors import AskError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--profile", default=None, help="profile of the AWS configuration; default: AWS_PROFILE")
    parser.add_argument("--role-arn", default="", help="role to assume; without it, sweep as the identity at hand")
    parser.add_argument("--external-id", default="", help="external id that the role's trust policy asks for")
    parser.add_argument("--regions", default="", help="regions to sweep, as eu-west-1,us-east-1; default: all enabled")
    parser.add_argument("--organization", action="store_true", help="also read what belongs to the Organization")
    parser.add_argument("--types", default="", help="resource types to collect, as AWS::S3::Bucket; default: all")
    parser.add_argument(
        "--parameters",
        default="",
        metavar="FILE",
        help="TOML with values of the checks' parameters, as `unused_credential_days = 30`; default: the publishers'",
    )
    parser.add_argument("--endpoint-url", default=None, help="ask a simulator instead of AWS")
    parser.add_argument("--jsonl", action="store_true", help="print resources, gaps and outcomes as JSON lines")


def run(options: dict[str, Any], out: TextIO, err: TextIO) -> int:
    """Sweep and print; return 1 if the account cannot be entered, 2 for bad options."""
    words = {name: [word.strip() for word in options[name].split(",") if word.strip()] for name in ("regions", "types")}
    known = all_collectors()
    unknown = sorted(set(words["types"]) - set(known))
    if unknown:
        err.write(f"No collector knows {', '.join(unknown)}. There are: {', '.join(sorted(known))}.\n")
        return 2
    try:
        values = _values(options["parameters"])
    except (OSError, ValueError, RecursionError) as error:
        # The file's own words: a terminal must not act on them.
        said = "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in str(error))
        err.write(f"The parameters cannot be read: {said}\n")
        return 2
    try:
        session = boto3.Session(profile_name=options["profile"])
    except BotoCoreError as error:
        err.write(f"The AWS configuration cannot be used: {error}.\n".replace("..", "."))
        return 2
    try:
        with one_core():
            result = sweep(
                session,
                role_arn=options["role_arn"],
                external_id=options["external_id"],
                regions=words["regions"],
                organization=options["organization"],
                endpoint_url=options["endpoint_url"],
                values=values,
                collectors={kind: known[kind] for kind in words["types"]} if words["types"] else None,
            )
    except ValueError as error:
        err.write(f"{error}: write --role-arn as arn:aws:iam::123456789012:role/PlumblineReadOnly.\n")
        return 2
    except AskError as error:
        err.write(f"{error}. {error.failure.remedy}\n")
        return 1
    _print(out, lines(result) if options["jsonl"] else summary(result))
    if result.refused:
        err.write(f"Nothing could be read. {result.gaps[0].remedy}\n")
    return 1 if result.refused else 0


def _values(path: str) -> Values:
    """Return the values in a TOML file; raises OSError or ValueError."""
    if not path:
        return NO_VALUES
    return read_values(tomllib.loads(Path(path).read_text(encoding="utf-8")))


def _print(out: TextIO, printed: Iterator[str]) -> None:
    """Print lines until the reader, such as `head`, closes the pipe."""
    try:
        out.writelines(f"{line}\n" for line in printed)
        out.flush()
    except BrokenPipeError:
        # What is still buffered would be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def lines(result: AccountResult) -> Iterator[str]:
    """Yield JSON lines, each with its `kind`: resource, gap, outcome, and sweep."""
    for resource in result.resources:
        yield _line(
            "resource",
            type=resource.type,
            arn=resource.arn,
            account_id=resource.account_id,
            region=resource.region,
            name=resource.name,
            config=resource.raw_config,
            observed=resource.raw_observed,
            tags=resource.raw_tags,
        )
    for gap in result.gaps:
        yield _line("gap", **{name: getattr(gap, name) for name in gap.__slots__})
    for judgement in result.judgements:
        outcome = judgement.outcome
        yield _line(
            "outcome",
            check=judgement.check_id,
            arn=judgement.resource.arn,
            status=outcome.status,
            reason=outcome.reason,
            evidence=list(outcome.evidence),
        )
    yield _line(
        "sweep",
        account_id=result.account_id,
        now=result.now.isoformat(),
        regions=list(result.regions),
        calls=dict(result.calls),
        retries=result.retries,
        throttles=result.throttles,
        seconds=round(result.seconds, 3),
    )


def _line(kind: str, **values: Any) -> str:
    return json.dumps({"kind": kind, **plain(values)}, ensure_ascii=False)


def summary(result: AccountResult) -> Iterator[str]:
    """Yield a few lines for people."""
    calls = sum(result.calls.values())
    yield f"Account {result.account_id}, {len(result.regions)} regions, {calls} calls in {result.seconds:.1f} s"
    for kind, count in sorted(Counter(resource.type for resource in result.resources).items()):
        yield f"  {count:6} {kind}"
    said = Counter(judgement.outcome.status for judgement in result.judgements)
    yield "Outcomes: " + ", ".join(f"{said[status]} {status.value.replace('_', ' ')}" for status in Status)
    for gap in result.gaps:
        where = "" if gap.region == "*" else f" in {gap.region}"
        yield f"Not seen: {gap.resource_type}{where}: {gap.action}, {gap.error}. {gap.remedy}"


DESCRIPTION = "Sweep one AWS account and print its resources, gaps and outcomes. Nothing is stored or changed."


NO_YAML = "Manifests are read with PyYAML, which is not installed: run `pip install 'plumbline[kubernetes]'`."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m posture.sweep`."""
    parser = argparse.ArgumentParser(prog="python -m posture.sweep", description=DESCRIPTION)
    add_arguments(parser)
    return run(vars(parser.parse_args(arguments)), sys.stdout, sys.stderr)


def plumbline(arguments: Sequence[str] | None = None) -> int:
    """Run `plumbline`, the command that the wheel installs."""
    parser = argparse.ArgumentParser(prog="plumbline", description="Assess the security posture of AWS accounts.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    add_arguments(commands.add_parser("sweep", help="sweep one AWS account", description=DESCRIPTION))
    manifests = _manifests_command()
    described = manifests.DESCRIPTION if manifests else NO_YAML
    added = commands.add_parser("manifests", help="judge Kubernetes manifests", description=described)
    if manifests:
        manifests.add_arguments(added)
    else:
        added.add_argument("paths", nargs="*")
    described = activity.DESCRIPTION
    activity.add_arguments(commands.add_parser("activity", help="find risky activity in events", description=described))
    options = vars(parser.parse_args(arguments))
    if options["command"] == "activity":
        return activity.run(options, sys.stdout, sys.stderr)
    if options["command"] == "sweep":
        return run(options, sys.stdout, sys.stderr)
    if manifests is None:
        sys.stderr.write(f"{NO_YAML}\n")
        return 2
    return int(manifests.run(options, sys.stdout, sys.stderr))


def _manifests_command() -> ModuleType | None:
    """Return the command that reads manifests; None where PyYAML is not installed."""
    if importlib.util.find_spec("yaml") is None:
        return None
    return importlib.import_module("posture.kubernetes.command")


def _version() -> str:
    try:
        return version("plumbline")
    except PackageNotFoundError:
        return "(from a checkout)"
