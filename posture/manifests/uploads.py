"""Keeps uploads: as a preview first, then recorded in history, or dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import AwsAccount, Role, User
from posture import checks
from posture.core.clock import Clock
from posture.core.outcome import Severity, Status
from posture.core.resource import GLOBAL, Resource
from posture.core.sweep import Judgement
from posture.history.ingest import Recorded, record_manifests
from posture.history.ingest.swept_state import scheme_of, values_of
from posture.kubernetes.objects import type_of
from posture.kubernetes.pod_security import LATEST
from posture.manifests.models import ManifestObject, ManifestSource, ManifestUpload, pack
from posture.manifests.reading import UploadContent, UploadedObject

PREVIEW_LIFETIME = timedelta(days=1)
SOURCES_MAX = 50
"""Sources of one account."""
OUTCOMES_KEPT_MAX = 100
"""Outcomes kept with an object for its preview."""
EVIDENCE_KEPT_MAX = 20
"""Paths of an outcome kept with it."""
State = ManifestUpload.State


class UploadError(ValueError):
    """An upload cannot be kept or recorded; the message says why and what to do."""


def may_upload(user: User, account: AwsAccount, seen: Sequence[AwsAccount]) -> bool:
    """Return True for admins, and for owners of an account that they see."""
    return user.is_active and (user.is_admin or user.role == Role.OWNER) and account in seen


def find_source(account: AwsAccount, name: str, cluster_arn: str) -> ManifestSource:
    """Return the source of a name in an account, or a new one that is not saved.

    Raises UploadError where the name belongs to another cluster, or the account has too many.
    """
    known = ManifestSource.objects.filter(account=account, name=name).select_related("account__organization").first()
    if known is None:
        if ManifestSource.objects.filter(account=account).count() >= SOURCES_MAX:
            raise UploadError(f"The account has {SOURCES_MAX} sources already. Remove one of them first.")
        return ManifestSource(account=account, name=name, cluster_arn=cluster_arn)
    if known.cluster_arn != cluster_arn:
        where = f"the cluster {known.cluster_arn.rpartition('/')[2]}" if known.cluster_arn else "no cluster"
        raise UploadError(f"“{name}” belongs to {where}. Choose that, or another name.")
    return known


def judge(source: ManifestSource, content: UploadContent, now: datetime) -> list[Judgement]:
    """Judge what was uploaded as recording it does, by the account's parameters."""
    account = source.account
    resources = [one.resource for one in content.objects]
    return checks.judge(resources, (), Clock(now), scheme_of(account.organization), values=values_of(account))


@transaction.atomic
def keep_preview(
    source: ManifestSource,
    content: UploadContent,
    by: User | None,
    *,
    files: Sequence[str],
    choice: str,
    version: int = LATEST,
) -> ManifestUpload:
    """Keep an upload as a preview; it replaces the person's earlier one of the source."""
    now = timezone.now()
    drop_old_previews(now)
    source, _ = ManifestSource.objects.get_or_create(
        account=source.account,
        name=source.name,
        defaults={"cluster_arn": source.cluster_arn, "kubernetes_version": choice},
    )
    ManifestUpload.objects.filter(source=source, state=State.PREVIEW, uploaded_by=by).delete()
    judged = judge(source, content, now)
    upload = ManifestUpload(
        source=source,
        uploaded_by=by,
        uploaded_by_name=(by.get_full_name() or by.username) if by else "the command line",
        uploaded_at=now,
        files=", ".join(files),
        version=version,
        version_choice=choice,
        object_count=len(content.objects),
        secret_count=content.secrets,
        other_count=content.others,
        kinds=dict(content.kinds),
        levels=dict(content.levels),
        severities=_count_severities(judged),
        unknown_count=sum(one.outcome.status is Status.UNKNOWN for one in judged),
    )
    before = {one.arn: bytes(one.digest) for one in current_objects(source).only("arn", "digest")}
    after = {one.resource.arn: one.resource.hash for one in content.objects}
    changes = {
        arn: "" if before.get(arn) == digest else "changed" if arn in before else "added"
        for arn, digest in after.items()
    }
    upload.removed = len(before.keys() - after.keys())
    upload.added, upload.changed = (sum(one == name for one in changes.values()) for name in ("added", "changed"))
    upload.save()
    shown = changes if before else dict.fromkeys(changes, "")
    ManifestObject.objects.bulk_create(_rows(upload, content.objects, judged, shown), batch_size=500)
    return upload


def current_objects(source: ManifestSource) -> QuerySet[ManifestObject]:
    """Return the objects of the last recorded upload of a source."""
    return ManifestObject.objects.filter(upload__source=source, upload__state=State.RECORDED)


def drop_old_previews(now: datetime) -> None:
    """Drop previews that nobody recorded within a day."""
    drop_previews(Q(uploaded_at__lt=now - PREVIEW_LIFETIME))


def drop_previews(which: Q) -> None:
    """Drop previews, and sources of which nothing was ever recorded."""
    ManifestUpload.objects.filter(which, state=State.PREVIEW).delete()
    ManifestSource.objects.filter(uploads=None).delete()


def _count_severities(judged: Sequence[Judgement]) -> Mapping[str, int]:
    known = checks.all_checks()
    failing = Counter(known[one.check_id].severity for one in judged if one.outcome.status is Status.FAIL)
    return {str(int(severity)): failing[severity] for severity in sorted(Severity, reverse=True) if failing[severity]}


def _rows(
    upload: ManifestUpload, objects: Sequence[UploadedObject], judged: Sequence[Judgement], changes: Mapping[str, str]
) -> Iterator[ManifestObject]:
    outcomes: dict[str, list[Judgement]] = {}
    for judgement in judged:
        if judgement.outcome.status in {Status.FAIL, Status.UNKNOWN}:
            outcomes.setdefault(judgement.resource.arn, []).append(judgement)
    for one in objects:
        resource, manifest = one.resource, one.manifest
        content = {
            "text": one.text.text,
            "first_line": one.text.first_line,
            "lines": one.text.lines,
            "is_rewritten": one.text.is_rewritten,
            "kept": resource.raw_config,
            "outcomes": [_outcome(each) for each in outcomes.get(resource.arn, ())][:OUTCOMES_KEPT_MAX],
        }
        yield ManifestObject(
            upload=upload,
            arn=resource.arn,
            kind=manifest.kind,
            namespace=manifest.namespace,
            name=resource.name,
            level=one.level,
            file=manifest.file,
            document=manifest.document,
            line=manifest.line("kind"),
            digest=resource.hash,
            change=changes[resource.arn],
            packed=pack(content),
        )


def _outcome(judgement: Judgement) -> Mapping[str, object]:
    outcome = judgement.outcome
    return {
        "check": judgement.check_id, "status": outcome.status.value, "reason": outcome.reason,
        "evidence": list(outcome.evidence[:EVIDENCE_KEPT_MAX]),
    }  # fmt: skip


@transaction.atomic
def discard(upload: ManifestUpload) -> None:
    """Drop a preview; nothing that was recorded changes."""
    drop_previews(Q(pk=upload.pk))


@transaction.atomic
def record(upload: ManifestUpload, by: User | None = None) -> Recorded:
    """Record a preview: its objects replace those of the source's last upload.

    Raises UploadError where it is recorded or dropped already, or another one was recorded since it was read.
    """
    source = ManifestSource.objects.select_for_update(of=("self",)).select_related("account__organization").get(
        pk=upload.source_id
    )  # fmt: skip
    current = ManifestUpload.objects.filter(pk=upload.pk).first()
    if current is None or current.state != State.PREVIEW:
        raise UploadError("This upload is recorded or dropped already.")
    if source.uploads.filter(state=State.RECORDED, recorded_at__gt=upload.uploaded_at).exists():
        raise UploadError("Another upload of this source was recorded meanwhile. Upload the files again.")
    objects = list(upload.contents.all())
    recorded = _record(source, [_as_resource(source, one) for one in objects])
    ManifestObject.objects.filter(upload__source=source, upload__state=State.RECORDED).delete()
    upload.state, upload.recorded_at = State.RECORDED, timezone.now()
    upload.save(update_fields=["state", "recorded_at"])
    source.kubernetes_version = upload.version_choice
    source.save(update_fields=["kubernetes_version"])
    return recorded


@transaction.atomic
def remove(source: ManifestSource) -> Recorded:
    """Remove a source: history records its objects as deleted."""
    recorded = _record(source, ())
    source.delete()
    return recorded


def _record(source: ManifestSource, resources: Sequence[Resource]) -> Recorded:
    recorded = record_manifests(source.account, source.home, resources)
    if not recorded.applied:
        raise UploadError(f"Nothing was recorded. {recorded.note}")
    return recorded


def _as_resource(source: ManifestSource, one: ManifestObject) -> Resource:
    """Return an object as history keeps it; where it is written is observed."""
    return Resource(
        type=type_of(one.kind),
        arn=one.arn,
        account_id=source.account.account_id,
        region=source.destination().region or GLOBAL,
        name=one.name,
        raw_config=one.content["kept"],
        raw_observed={"File": one.file, "Document": one.document, "Line": one.line},
    )
