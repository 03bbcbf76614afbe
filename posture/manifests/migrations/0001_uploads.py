"""Creates sources of manifests, their uploads and the text of objects."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import re
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0007_attestations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ManifestSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        help_text="Lower-case letters, digits and dashes: it is a part of ARNs.",
                        max_length=63,
                        validators=[
                            django.core.validators.RegexValidator(
                                re.compile("\\A[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\Z")
                            )
                        ],
                    ),
                ),
                (
                    "cluster_arn",
                    models.TextField(blank=True, default="", help_text="The EKS cluster that they are for, if any."),
                ),
                ("kubernetes_version", models.CharField(default="latest", max_length=8)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="manifest_sources",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ManifestUpload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("preview", "Not recorded yet"), ("recorded", "Recorded")],
                        default="preview",
                        max_length=8,
                    ),
                ),
                (
                    "uploaded_by_name",
                    models.CharField(help_text="As it was then; kept when the person goes.", max_length=200),
                ),
                ("uploaded_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("recorded_at", models.DateTimeField(null=True)),
                ("files", models.TextField(help_text="Names of what was sent.")),
                ("version", models.PositiveSmallIntegerField(help_text="Minor version of Kubernetes to judge by.")),
                (
                    "version_choice",
                    models.CharField(default="latest", help_text="As the person chose it.", max_length=8),
                ),
                ("object_count", models.PositiveIntegerField(default=0)),
                (
                    "secret_count",
                    models.PositiveIntegerField(default=0, help_text="Secrets in the files, which are never kept."),
                ),
                (
                    "other_count",
                    models.PositiveIntegerField(default=0, help_text="Objects of kinds that nobody judges."),
                ),
                ("kinds", models.JSONField(default=dict, help_text="Number of objects by kind.")),
                (
                    "levels",
                    models.JSONField(
                        default=dict, help_text="Number of workloads by the Pod Security Standard they reach."
                    ),
                ),
                (
                    "severities",
                    models.JSONField(default=dict, help_text="Number of failing checks by severity, when uploaded."),
                ),
                (
                    "unknown_count",
                    models.PositiveIntegerField(default=0, help_text="Outcomes that could not be determined."),
                ),
                ("added", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("removed", models.PositiveIntegerField(default=0)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to="manifests.manifestsource",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-uploaded_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ManifestObject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("arn", models.TextField()),
                ("kind", models.CharField(max_length=128)),
                ("namespace", models.CharField(blank=True, max_length=253)),
                ("name", models.CharField(max_length=512)),
                (
                    "level",
                    models.CharField(blank=True, help_text="Pod Security Standard that it reaches.", max_length=16),
                ),
                ("file", models.TextField()),
                ("document", models.PositiveIntegerField()),
                ("line", models.PositiveIntegerField(help_text="Where it begins in the file.")),
                ("digest", models.BinaryField(help_text="Of what is kept of it.")),
                (
                    "change",
                    models.CharField(
                        blank=True, help_text="Against the upload before: added or changed.", max_length=8
                    ),
                ),
                (
                    "packed",
                    models.BinaryField(
                        help_text="Its text without hidden values, the lines of its fields, and what is kept."
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contents",
                        to="manifests.manifestupload",
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "namespace", "name", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="manifestsource",
            constraint=models.UniqueConstraint(fields=("account", "name"), name="one_manifest_source_of_a_name"),
        ),
        migrations.AddIndex(
            model_name="manifestupload",
            index=models.Index(fields=["state", "uploaded_at"], name="uploads_by_state"),
        ),
        migrations.AddIndex(
            model_name="manifestobject",
            index=models.Index(fields=["arn"], name="objects_by_arn"),
        ),
        migrations.AddConstraint(
            model_name="manifestobject",
            constraint=models.UniqueConstraint(fields=("upload", "arn"), name="an_object_once_an_upload"),
        ),
    ]
