"""What the pages read: sources and uploads of a scope, and their open findings."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import AwsAccount, User
from posture.core.kubernetes import UPLOADS
from posture.core.values import Unknown
from posture.history import query
from posture.history.query import FindingRecord
from posture.history.scope import Scope
from posture.manifests.models import ManifestObject, ManifestSource, ManifestUpload
from posture.manifests.uploads import may_upload

CLUSTER = "AWS::EKS::Cluster"
VERSION = re.compile(r"1\.([0-9]{1,3})")
State = ManifestUpload.State


@dataclass(frozen=True, slots=True)
class ClusterChoice:
    """An EKS cluster that manifests may be for."""

    arn: str
    name: str
    minor: int | None
    """Minor version of Kubernetes; None where it could not be read."""


def uploadable_accounts(user: User, scope: Scope) -> list[AwsAccount]:
    """Return the accounts in scope for which a person may upload, by name."""
    found = [one for one in scope.accounts if one.left_at is None and may_upload(user, one, scope.accounts)]
    return sorted(found, key=lambda one: (one.name, one.account_id))


def clusters_of(scope: Scope, accounts: Iterable[AwsAccount]) -> Mapping[int, Sequence[ClusterChoice]]:
    """Return the EKS clusters of accounts, by account."""
    found: dict[int, list[ClusterChoice]] = defaultdict(list)
    wanted = {one.pk for one in accounts}
    for record in query.resources(scope).filter(type=CLUSTER).order_by("name"):
        if record.account_id in wanted:
            found[record.account_id].append(
                ClusterChoice(record.arn, record.name, _minor(record.config.get("version")))
            )
    return found


def _minor(version: object) -> int | None:
    if isinstance(version, Unknown):
        return None
    found = VERSION.fullmatch(str(version or ""))
    return int(found[1]) if found else None


@dataclass(slots=True)
class SourceRow:
    """A source with its last upload and open findings."""

    source: ManifestSource
    upload: ManifestUpload | None
    """The last recorded one."""
    preview: ManifestUpload | None
    findings: Mapping[int, int]
    """Open findings by severity."""

    @property
    def total(self) -> int:
        """Number of open findings."""
        return sum(self.findings.values())


def sources(scope: Scope) -> QuerySet[ManifestSource]:
    """Return the sources of a scope, by name."""
    return ManifestSource.objects.filter(account__among=scope.among).select_related("account__organization")


def find_source(scope: Scope, source_id: int) -> ManifestSource | None:
    """Return a source; None where the scope has none."""
    return sources(scope).filter(pk=source_id).first()


def find_upload(scope: Scope, upload_id: int) -> ManifestUpload | None:
    """Return an upload; None where the scope has none."""
    found = ManifestUpload.objects.filter(source__account__among=scope.among, pk=upload_id)
    return found.select_related("source__account__organization", "uploaded_by").first()


def find_object(scope: Scope, object_id: int) -> ManifestObject | None:
    """Return an object of a preview or a last upload; None where the scope has none."""
    found = ManifestObject.objects.filter(upload__source__account__among=scope.among, pk=object_id)
    return found.select_related("upload__source__account__organization").first()


def list_rows(scope: Scope) -> list[SourceRow]:
    """Return every source with its last upload, preview and open findings."""
    found = list(sources(scope))
    uploads = ManifestUpload.objects.filter(source__in=found, state__in=[State.RECORDED, State.PREVIEW])
    latest = uploads.order_by("source_id", "state", "-uploaded_at", "-pk").distinct("source_id", "state")
    by_key = {(one.source_id, one.state): one for one in latest}
    counted = count_findings(scope, found)
    return [
        SourceRow(
            one, by_key.get((one.pk, State.RECORDED)), by_key.get((one.pk, State.PREVIEW)), counted[one.home]
        )
        for one in found
    ]  # fmt: skip


def count_findings(scope: Scope, found: Sequence[ManifestSource]) -> Mapping[str, Counter[int]]:
    """Return open findings by severity of each source, by how its ARNs begin."""
    counted: dict[str, Counter[int]] = {one.home: Counter() for one in found}
    if not found:
        return counted
    homes = Q()
    for one in found:
        homes |= Q(resource_arn__startswith=f"{one.home}/")
    open_now = query.findings(scope).filter(homes, account__in={one.account_id for one in found}, status="fail")
    open_now = open_now.exclude(triage__in=query.Triage.SET_ASIDE)
    for arn, severity in open_now.values_list("resource_arn", "severity"):
        home = arn.rsplit("/", 3)[0]
        if UPLOADS in arn and home in counted:
            counted[home][severity] += 1
    return counted


def open_findings(scope: Scope, source: ManifestSource, arns: Iterable[str]) -> Mapping[str, list[FindingRecord]]:
    """Return the open findings of some objects by ARN, the most severe first."""
    found: dict[str, list[FindingRecord]] = defaultdict(list)
    wanted = query.findings(scope).filter(account=source.account_id, resource_arn__in=list(arns))
    for record in wanted.exclude(triage__in=query.Triage.SET_ASIDE).order_by("-severity", "check_id"):
        found[record.resource_arn].append(record)
    return found


def load_resource(scope: Scope, one: ManifestObject) -> Any:
    """Return the object's resource in history; None before it is recorded."""
    found = query.resources(scope).filter(account=one.upload.source.account_id, arn=one.arn)
    return found.first()
