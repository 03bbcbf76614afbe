"""Sources of manifests, their uploads, and the text of the last one of each.

What an upload contains goes into history, as what a sweep finds. Here is only what history has no place for: who
uploaded it, and its lines.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from accounts.models import AwsAccount
from posture.kubernetes.objects import Upload
from posture.kubernetes.pod_security import LATEST

NAME_LENGTH_MAX = 63
SOURCE_NAME = re.compile(r"\A[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
"""What a source may be called: it is a part of ARNs."""
AS_CLUSTER, LATEST_VERSION = "cluster", "latest"
"""Versions of Kubernetes to judge by that are no number."""


class ManifestSource(models.Model):
    """Where manifests come from, such as a repository; each upload replaces the last."""

    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="manifest_sources")
    name = models.CharField(
        max_length=NAME_LENGTH_MAX,
        validators=[RegexValidator(SOURCE_NAME)],
        help_text="Lower-case letters, digits and dashes: it is a part of ARNs.",
    )
    cluster_arn = models.TextField(blank=True, default="", help_text="The EKS cluster that they are for, if any.")
    kubernetes_version = models.CharField(max_length=8, default=LATEST_VERSION)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name"], name="one_manifest_source_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def destination(self, version: int = LATEST) -> Upload:
        """Return where its objects belong, judged by a minor version of Kubernetes."""
        account = self.account
        return Upload(account.account_id, self.name, self.cluster_arn, account.organization.partition, version)

    @property
    def home(self) -> str:
        """How the ARNs of everything in it begin."""
        return self.destination().home


class ManifestUpload(models.Model):
    """One upload of a source: a preview until it is recorded."""

    class State(models.TextChoices):
        """What happened to it."""

        PREVIEW = "preview", "Not recorded yet"
        RECORDED = "recorded", "Recorded"

    source = models.ForeignKey(ManifestSource, models.CASCADE, related_name="uploads")
    state = models.CharField(max_length=8, choices=State, default=State.PREVIEW)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_by_name = models.CharField(max_length=200, help_text="As it was then; kept when the person goes.")
    uploaded_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(null=True)
    files = models.TextField(help_text="Names of what was sent.")
    version = models.PositiveSmallIntegerField(help_text="Minor version of Kubernetes to judge by.")
    version_choice = models.CharField(max_length=8, default=LATEST_VERSION, help_text="As the person chose it.")
    object_count = models.PositiveIntegerField(default=0)
    secret_count = models.PositiveIntegerField(default=0, help_text="Secrets in the files, which are never kept.")
    other_count = models.PositiveIntegerField(default=0, help_text="Objects of kinds that nobody judges.")
    kinds = models.JSONField(default=dict, help_text="Number of objects by kind.")
    levels = models.JSONField(default=dict, help_text="Number of workloads by the Pod Security Standard they reach.")
    severities = models.JSONField(default=dict, help_text="Number of failing checks by severity, when uploaded.")
    unknown_count = models.PositiveIntegerField(default=0, help_text="Outcomes that could not be determined.")
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-uploaded_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["state", "uploaded_at"], name="uploads_by_state")]

    def __str__(self) -> str:
        return f"{self.source} of {self.uploaded_at:%Y-%m-%d %H:%M}"

    @property
    def level(self) -> str:
        """The level that all workloads reach, "none" included.

        Empty without workloads.
        """
        return next((one for one in ("none", "baseline", "restricted") if self.levels.get(one)), "")


class ManifestObject(models.Model):
    """One object of a preview or of the last recorded upload, with its text."""

    upload = models.ForeignKey(ManifestUpload, models.CASCADE, related_name="contents")
    arn = models.TextField()
    kind = models.CharField(max_length=128)
    namespace = models.CharField(max_length=253, blank=True)
    name = models.CharField(max_length=512)
    level = models.CharField(max_length=16, blank=True, help_text="Pod Security Standard that it reaches.")
    file = models.TextField()
    document = models.PositiveIntegerField()
    line = models.PositiveIntegerField(help_text="Where it begins in the file.")
    digest = models.BinaryField(help_text="Of what is kept of it.")
    change = models.CharField(max_length=8, blank=True, help_text="Against the upload before: added or changed.")
    packed = models.BinaryField(help_text="Its text without hidden values, the lines of its fields, and what is kept.")

    class Meta:
        ordering: ClassVar = ["kind", "namespace", "name", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["upload", "arn"], name="an_object_once_an_upload")]
        indexes: ClassVar = [models.Index(fields=["arn"], name="objects_by_arn")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def content(self) -> Mapping[str, Any]:
        """Text, first_line, lines by path, is_rewritten, and kept: the configuration."""
        found: Mapping[str, Any] = json.loads(zlib.decompress(self.packed))
        return found


def pack(content: Mapping[str, Any]) -> bytes:
    """Return the content of an object as it is stored."""
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 6)
