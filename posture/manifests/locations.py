"""Where a resource that was uploaded is written: file, document and line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posture.core.kubernetes import is_uploaded
from posture.history.scope import Scope
from posture.kubernetes.manifests import Manifest
from posture.manifests.models import ManifestObject, ManifestUpload


@dataclass(frozen=True, slots=True)
class ManifestLocation:
    """A line of the last upload of a source."""

    object_id: int
    source_id: int
    source: str
    file: str
    document: int
    line: int
    is_rewritten: bool
    """The line is one of the text that is shown, not of the file."""


def find_location(scope: Scope, arn: str, evidence: Sequence[str] = ()) -> ManifestLocation | None:
    """Return where a resource is written, at the first path that decided.

    None for what was not uploaded, and for what its source has no more.
    """
    if not is_uploaded(arn):
        return None
    found = ManifestObject.objects.filter(
        arn=arn, upload__state=ManifestUpload.State.RECORDED, upload__source__account__among=scope.among
    ).select_related("upload__source")
    one = found.first()
    if one is None:
        return None
    content, source = one.content, one.upload.source
    line = Manifest(one.file, one.document, {}, content["lines"]).line(evidence[0] if evidence else "kind")
    return ManifestLocation(one.pk, source.pk, source.name, one.file, one.document, line, bool(content["is_rewritten"]))
