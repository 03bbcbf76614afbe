"""`manage.py manifests`: judges Kubernetes manifests, and records them if asked.

Without `--source` it touches no database.
"""

from __future__ import annotations

import sys
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import AwsAccount
from posture.core.arn import Arn
from posture.history.models import StoredResource
from posture.kubernetes import command
from posture.kubernetes.manifests import ManifestError
from posture.kubernetes.pod_security import LATEST
from posture.kubernetes.sources import files_at
from posture.manifests import uploads
from posture.manifests.models import LATEST_VERSION, SOURCE_NAME
from posture.manifests.reading import read_upload
from posture.manifests.uploads import UploadError

CLUSTER = "AWS::EKS::Cluster"


class Command(BaseCommand):
    """Judge Kubernetes manifests in files, folders or archives."""

    help = f"{command.DESCRIPTION} With --account and --source they are recorded as an upload is."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        command.add_arguments(parser)
        parser.add_argument("--account", metavar="ID", help="record them for this AWS account; needs --source")
        parser.add_argument("--source", metavar="NAME", help="where they come from, such as payments-gitops")
        parser.add_argument("--cluster", metavar="ARN", default="", help="EKS cluster of the account that they are for")

    def handle(self, *_: Any, **options: Any) -> None:
        if bool(options["account"]) != bool(options["source"]):
            raise CommandError("Give both --account and --source to record the manifests, or neither.")
        code = command.run(options, sys.stdout, sys.stderr)
        if options["source"] and code != command.UNREADABLE:
            sys.stderr.write(f"{_record(options)}\n")
        if code:
            sys.exit(code)


def _record(options: dict[str, Any]) -> str:
    """Record the manifests; return what changed as a sentence."""
    account, name, minor = _find_account(options["account"]), options["source"], options["kubernetes_version"]
    if not SOURCE_NAME.match(name):
        raise CommandError(f"{name!r} is no name of a source: write lower-case letters, digits and dashes.")
    _require_cluster(account, options["cluster"])
    try:
        source = uploads.find_source(account, name, options["cluster"])
        files = chain.from_iterable(map(files_at, options["paths"]))
        content = read_upload(source.destination(minor), files)
        names = [str(path) for path in options["paths"]]
        choice = LATEST_VERSION if minor == LATEST else f"1.{minor}"
        upload = uploads.keep_preview(source, content, None, files=names, choice=choice, version=minor)
        recorded = uploads.record(upload)
    except (UploadError, ManifestError, OSError) as error:
        raise CommandError(str(error)) from error
    return (
        f"Recorded {upload.object_count} objects of {name}: {upload.added} added, {upload.changed} changed, "
        f"{upload.removed} removed; {recorded.opened} findings opened, {recorded.resolved} resolved."
    )


def _find_account(account_id: str) -> AwsAccount:
    found = list(AwsAccount.objects.filter(account_id=account_id, left_at=None).select_related("organization")[:2])
    if len(found) != 1:
        raise CommandError(f"{len(found) or 'No'} account {account_id} is known here; one is needed.")
    return found[0]


def _require_cluster(account: AwsAccount, arn: str) -> None:
    """Refuse the ARN of anything but an EKS cluster that sweeps found in the account."""
    if not arn:
        return
    try:
        is_of_account = Arn.parse(arn).account_id == account.account_id
    except ValueError as error:
        raise CommandError(str(error)) from error
    known = StoredResource.objects.filter(account=account, arn=arn, type=CLUSTER, gone_at=None)
    if not is_of_account or not known.exists():
        raise CommandError(f"No sweep found the cluster {arn} in account {account.account_id}.")
