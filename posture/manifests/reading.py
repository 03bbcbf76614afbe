"""Reads what is uploaded: objects as they are kept, with their text.

Nothing is written here. What cannot be read raises `ManifestError`, which names file, document and line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from posture.core.kubernetes import CLUSTER, SOURCE, VERSION
from posture.core.resource import Resource
from posture.kubernetes.manifests import Manifest, ManifestError
from posture.kubernetes.objects import Upload
from posture.kubernetes.pod_security import level_of
from posture.kubernetes.pods import pod_of
from posture.kubernetes.sources import File, Limits, SourceFile, read_files, unpack
from posture.kubernetes.text import ObjectText, write_texts

LIMITS = Limits(objects=5_000, values=500_000, size=20_000_000)
"""What an upload may hold: less than the command line reads, since people wait for the page."""
OWN_KEYS = frozenset({CLUSTER, SOURCE, VERSION})
"""Keys of a configuration that are in no manifest."""
UNKEPT_KIND = "Secret"
"""The kind of which nothing is ever kept."""
NO_LEVEL = "none"
NAME_LENGTH_MAX = 253
"""Characters of the names that Kubernetes allows."""


@dataclass(frozen=True, slots=True)
class UploadedObject:
    """One object: as it was read, as it is kept, and its text."""

    manifest: Manifest
    resource: Resource
    text: ObjectText
    level: str
    """The Pod Security Standard that it reaches; empty for what makes no pods."""


@dataclass(slots=True)
class UploadContent:
    """Everything in an upload."""

    objects: list[UploadedObject] = field(default_factory=list)
    secrets: int = 0
    """Objects of which nothing is kept."""
    others: int = 0
    """Objects of kinds that nobody judges, which are not kept either."""

    @property
    def kinds(self) -> Mapping[str, int]:
        """Number of objects by kind, the most first."""
        return dict(Counter(one.manifest.kind for one in self.objects).most_common())

    @property
    def levels(self) -> Mapping[str, int]:
        """Number of workloads by level."""
        return dict(Counter(one.level for one in self.objects if one.level))


def read_upload(upload: Upload, files: Iterable[File]) -> UploadContent:
    """Return what files, or archives of them, hold; raises ManifestError."""
    content = UploadContent()
    first: dict[str, Manifest] = {}
    for file in read_files(_unpack_all(files), LIMITS):
        kept = [one for one in file.manifests if upload.keeps(one)]
        secrets = sum(one.kind == UNKEPT_KIND for one in file.manifests)
        content.secrets += secrets
        content.others += len(file.manifests) - len(kept) - secrets
        for one in _objects(upload, file, kept):
            _require_once(one, first)
            content.objects.append(one)
    if not content.objects and not content.secrets and not content.others:
        raise ManifestError("There is no manifest in these files: their names end in .yaml, .yml or .json.")
    return content


def _unpack_all(files: Iterable[File]) -> Iterator[File]:
    for name, content in files:
        yield from unpack(name, content)


def _objects(upload: Upload, file: SourceFile, manifests: list[Manifest]) -> Iterator[UploadedObject]:
    for one in manifests:
        _require_name(one)
    resources = [upload.resource_of(one) for one in manifests]
    forms = [{key: value for key, value in one.raw_config.items() if key not in OWN_KEYS} for one in resources]
    texts = write_texts(file.content, manifests, forms) if manifests else []
    for manifest, resource, text in zip(manifests, resources, texts, strict=True):
        pod = pod_of(resource.raw_config)
        level = str(level_of(pod, upload.version) or NO_LEVEL) if pod else ""
        yield UploadedObject(manifest, resource, text, level)


def _require_name(manifest: Manifest) -> None:
    """Refuse an object without a name, or with one that Kubernetes refuses as well."""
    metadata = manifest.content.get("metadata")
    has_prefix = isinstance(metadata, Mapping) and isinstance(metadata.get("generateName"), str)
    where = f"{manifest.file}, document {manifest.document}, line {manifest.line('metadata')}"
    if not manifest.name and not has_prefix:
        raise ManifestError(f"{where}: the {manifest.kind[:80]} has no name. Write “metadata.name”.")
    for part in (manifest.namespace, manifest.name):
        if len(part) > NAME_LENGTH_MAX or not part.isprintable():
            raise ManifestError(
                f"{where}: “{_plain(part[:80])}” is no name that Kubernetes allows. Write at most {NAME_LENGTH_MAX} "
                "letters, digits, dashes and dots."
            )


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _require_once(one: UploadedObject, first: dict[str, Manifest]) -> None:
    """Refuse an object that is written twice, since only one of them can be meant."""
    before = first.setdefault(one.resource.arn, one.manifest)
    if before is not one.manifest:
        manifest = one.manifest
        raise ManifestError(
            f"{manifest.file}, document {manifest.document}, line {manifest.line('kind')}: the {manifest.kind} "
            f"“{manifest.name}” is in {before.file}, line {before.line('kind')}, already. Upload what belongs to "
            "another environment as a source of its own."
        )
