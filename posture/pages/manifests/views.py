"""The pages of uploaded manifests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from posture.kubernetes.manifests import ManifestError
from posture.manifests import uploads
from posture.manifests.models import ManifestObject, ManifestSource, ManifestUpload
from posture.manifests.reading import read_upload
from posture.manifests.uploads import UploadError, may_upload
from posture.observability import security
from posture.pages.manifests import lines, queries
from posture.pages.manifests.filters import ObjectFilters
from posture.pages.manifests.forms import UploadForm
from posture.pages.manifests.queries import SourceRow
from posture.pages.manifests.tables import LEVELS, ObjectTable, SourceTable
from posture.web import parameters
from posture.web.lists import TablePage
from posture.web.pages import DetailPage
from posture.web.scoping import requested_scope, require_user, scope_of, url_in_scope
from posture.web.uploads import UPLOAD_BYTES_MAX, is_too_large

State = ManifestUpload.State
NO_SOURCE = "There is no source of manifests like this."
UPLOADS_SHOWN = 20


class SourceList(TablePage):
    """Every source of manifests, with its last upload and what is open in it."""

    heading = "Manifests"
    lead = (
        "Kubernetes objects from uploaded manifests, checked like those of a cluster. Each upload replaces the "
        "source's previous one; drift shows what changed."
    )
    noun = "source"
    table = SourceTable
    template_name = "manifests/list.html"

    def rows(self) -> Sequence[SourceRow]:
        """Return the sources of the scope."""
        self.every = queries.list_rows(self.scope)
        return self.every

    def context(self) -> dict[str, Any]:
        """Return whether the person may upload, and whether there is anything."""
        return {"may_upload": _may_upload_any(self.request), "has_any": bool(self.every)}


class _UploadPage(TablePage):
    """The objects of one upload."""

    noun = "object"
    table = ObjectTable
    filters = ObjectFilters
    source: ManifestSource
    current: ManifestUpload | None

    def rows(self) -> QuerySet[ManifestObject]:
        """Return the objects, without their texts."""
        found = ManifestObject.objects.filter(upload=self.current) if self.current else ManifestObject.objects.none()
        is_preview = self.current is not None and self.current.state == State.PREVIEW
        return found if is_preview else found.defer("packed")

    def make_table(self, rows: Any) -> ObjectTable:
        """Return the table, which reads open findings in the scope."""
        is_preview = self.current is not None and self.current.state == State.PREVIEW
        return ObjectTable(rows, self.scope, self.source, is_preview=is_preview)

    def context(self) -> dict[str, Any]:
        """Return the source, the upload and its figures."""
        one = self.current
        return {
            "source": self.source,
            "upload": one,
            "is_first": one is not None and not self._has_earlier(one),
            "level": LEVELS.get(one.level, "") if one else "",
            "levels": [(name, LEVELS[name], one.levels[name]) for name in LEVELS if one.levels.get(name)]
            if one
            else [],
            "kinds": list(one.kinds.items()) if one else [],
            "may_upload": may_upload(require_user(self.request), self.source.account, self.scope.accounts),
        }

    def _has_earlier(self, one: ManifestUpload) -> bool:
        """Return True if the source was recorded before an upload."""
        recorded = self.source.uploads.filter(state=State.RECORDED, recorded_at__lt=one.recorded_at or timezone.now())
        return recorded.exclude(pk=one.pk).exists()


class SourcePage(_UploadPage):
    """One source: its objects as last uploaded, and its uploads."""

    template_name = "manifests/source.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the source, or 404."""
        self.source = _require_source(self.request, self.kwargs["source_id"])
        self.current = self.source.uploads.filter(state=State.RECORDED).first()
        return super().get(request, *args, **kwargs)

    @property
    def heading(self) -> str:  # type: ignore[override]  # of this source
        """The name of the source."""
        return self.source.name

    def context(self) -> dict[str, Any]:
        """Return its uploads, and what is open in it, besides."""
        counts = queries.count_findings(self.scope, [self.source])[self.source.home]
        past = self.source.uploads.exclude(state=State.PREVIEW)[:UPLOADS_SHOWN]
        preview = self.source.uploads.filter(state=State.PREVIEW).first()
        return {
            **super().context(),
            "uploads": list(past),
            "preview": preview,
            "severities": lines.severity_words(counts),
            "open": sum(counts.values()),
            "home": f"{self.source.home}/",
        }


class PreviewPage(_UploadPage):
    """An upload before it is recorded: what is in it, what fails, what would change."""

    template_name = "manifests/preview.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the preview to whom may record it; a recorded one leads to its source."""
        self.current = _require_upload(request, self.kwargs["upload_id"])
        self.source = self.current.source
        if self.current.state != State.PREVIEW:
            return redirect(url_in_scope(request, "manifests:source", {"source_id": self.source.pk}))
        _require_may_upload(request, self.source)
        return super().get(request, *args, **kwargs)

    @property
    def heading(self) -> str:  # type: ignore[override]  # of this source
        """The name of the source."""
        return f"Preview of {self.source.name}"

    def context(self) -> dict[str, Any]:
        """Return what fails in it, besides."""
        one = self.current
        counts = {int(severity): number for severity, number in one.severities.items()} if one else {}
        return {
            **super().context(),
            "severities": lines.severity_words(counts),
            "failing": sum(counts.values()),
        }


class ObjectPage(DetailPage[ManifestObject]):
    """One object: its text, with findings at their lines."""

    template_name, name = "manifests/object.html", "object"
    missing = "There is no such object: the source was uploaded again, or removed."

    def load(self) -> ManifestObject | None:
        """Return the object; one of a preview to whom may record it alone."""
        found = queries.find_object(self.scope, self.kwargs["object_id"])
        if found is not None and found.upload.state == State.PREVIEW:
            _require_may_upload(self.request, found.upload.source)
        return found

    def context(self) -> dict[str, Any]:
        """Return the lines, the findings, and the resource in history."""
        one, source = self.thing, self.thing.upload.source
        content, is_preview = one.content, one.upload.state == State.PREVIEW
        if is_preview:
            resource, notes = None, lines.notes_of_preview(content)
        else:
            resource = queries.load_resource(self.scope, one)
            found = queries.open_findings(self.scope, source, [one.arn]).get(one.arn, [])
            notes = lines.notes_of_findings(content, found)
        return {
            "source": source,
            "upload": one.upload,
            "makes_pods": bool(one.level),
            "is_preview": is_preview,
            "is_rewritten": content["is_rewritten"],
            "resource": resource,
            "notes": notes,
            "lines": lines.lines_of(content, notes),
            "level": LEVELS.get(one.level, ""),
        }


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Show the form, or read what was sent and lead to its preview."""
    accounts = queries.uploadable_accounts(require_user(request), scope_of(request))
    if not accounts:
        raise PermissionDenied("Only admins upload manifests, and owners for their own accounts.")
    clusters = queries.clusters_of(scope_of(request), accounts)
    if request.method != "POST":
        form = UploadForm(accounts, clusters, initial=_initial(request))
        return render(request, "manifests/upload.html", {"form": form})
    form = UploadForm(accounts, clusters, request.POST, request.FILES)
    found = _read(request, form)
    if found is None:
        return render(request, "manifests/upload.html", {"form": form}, status=422)
    return redirect(url_in_scope(request, "manifests:preview", {"upload_id": found.pk}))


def _read(request: HttpRequest, form: UploadForm) -> ManifestUpload | None:
    """Return the preview of what was sent; None where the form says why there is none."""
    is_valid = form.is_valid()
    if is_too_large(request):
        form.errors.pop("manifests", None)
        form.add_error(
            "manifests", f"The files have more than {UPLOAD_BYTES_MAX // 1_000_000} MB together. Split them."
        )
        return None
    if not is_valid:
        return None
    account, cluster = form.chosen
    try:
        source = uploads.find_source(account, form.cleaned_data["name"], cluster.arn if cluster else "")
    except UploadError as error:
        form.add_error("name", str(error))
        return None
    sent = form.sent
    try:
        content = read_upload(source.destination(form.minor), sent)
    except ManifestError as error:
        form.add_error("manifests", str(error))
        return None
    names = [name for name, _ in sent]
    choice = form.cleaned_data["version"]
    return uploads.keep_preview(source, content, require_user(request), files=names, choice=choice, version=form.minor)


def _initial(request: HttpRequest) -> dict[str, str]:
    """Return what the form begins with: a source in the URL, or the account in scope."""
    source = queries.find_source(scope_of(request), parameters.number(request, "source", 0))
    if source is not None:
        home = source.cluster_arn or source.account.account_id
        return {"home": home, "name": source.name, "version": source.kubernetes_version}
    account = requested_scope(request).account
    return {"home": account.account_id} if account else {}


@require_POST
def record(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Record a preview."""
    found = _require_upload(request, upload_id)
    _require_may_upload(request, found.source)
    try:
        recorded = uploads.record(found)
    except UploadError as error:
        messages.error(request, str(error))
        return redirect(url_in_scope(request, "manifests:source", {"source_id": found.source_id}))
    security.record(
        "manifests_uploaded", request, target=found.source.name, where=found.source.account.account_id,
        objects=found.object_count,
    )  # fmt: skip
    messages.success(
        request, f"Recorded: {recorded.opened} findings opened, {recorded.resolved} resolved."
    )  # fmt: skip
    return redirect(url_in_scope(request, "manifests:source", {"source_id": found.source_id}))


@require_POST
def discard(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Drop a preview."""
    found = _require_upload(request, upload_id)
    _require_may_upload(request, found.source)
    if found.state == State.PREVIEW:
        uploads.discard(found)
        messages.success(request, "The preview is dropped. Nothing was recorded.")
    return redirect(url_in_scope(request, "manifests:list"))


@require_POST
def remove(request: HttpRequest, source_id: int) -> HttpResponse:
    """Remove a source: its objects are recorded as deleted."""
    source = _require_source(request, source_id)
    _require_may_upload(request, source)
    try:
        uploads.remove(source)
    except UploadError as error:
        messages.error(request, str(error))
        return redirect(url_in_scope(request, "manifests:source", {"source_id": source.pk}))
    security.record("manifests_removed", request, target=source.name, where=source.account.account_id)
    messages.success(request, f"{source.name} is removed. Its objects are recorded as deleted.")
    return redirect(url_in_scope(request, "manifests:list"))


def _require_source(request: HttpRequest, source_id: int) -> ManifestSource:
    found = queries.find_source(scope_of(request), source_id)
    if found is None:
        raise Http404(NO_SOURCE)
    return found


def _require_upload(request: HttpRequest, upload_id: int) -> ManifestUpload:
    found = queries.find_upload(scope_of(request), upload_id)
    if found is None:
        raise Http404("There is no such upload.")
    return found


def _require_may_upload(request: HttpRequest, source: ManifestSource) -> None:
    if not may_upload(require_user(request), source.account, scope_of(request).accounts):
        raise PermissionDenied("Only admins upload manifests, and owners for their own accounts.")


def _may_upload_any(request: HttpRequest) -> bool:
    return bool(queries.uploadable_accounts(require_user(request), scope_of(request)))
