"""Uploads for tests."""

from __future__ import annotations

from accounts.models import AwsAccount, User
from posture.manifests import uploads
from posture.manifests.models import ManifestObject, ManifestUpload
from posture.manifests.reading import read_upload

WEB = """# a comment
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - name: web
        image: registry.example/web:1.0
        env:
        - name: DB_PASSWORD
          value: hunter2hunter2
        securityContext:
          privileged: true
---
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  LOG_LEVEL: verbose-words
---
kind: Secret
metadata: {name: db}
stringData: {password: hunter2hunter2}
"""
FIXED = WEB.replace("privileged: true", "privileged: false")


def keep(
    account: AwsAccount, text: str = WEB, by: User | None = None, name: str = "shop-gitops", file: str = "web.yaml"
) -> ManifestUpload:
    """Read a file and keep it as a preview."""
    source = uploads.find_source(account, name, "")
    content = read_upload(source.destination(37), [(file, text.encode())])
    return uploads.keep_preview(source, content, by, files=[file], choice="latest", version=37)


def record(account: AwsAccount, text: str = WEB, by: User | None = None, name: str = "shop-gitops") -> ManifestUpload:
    """Upload a file and record it."""
    upload = keep(account, text, by, name)
    uploads.record(upload)
    upload.refresh_from_db()
    return upload


def an_object(upload: ManifestUpload, kind: str = "Deployment") -> ManifestObject:
    """Return the first object of a kind."""
    return ManifestObject.objects.filter(upload=upload, kind=kind)[:1].get()
