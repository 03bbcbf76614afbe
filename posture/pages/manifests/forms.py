"""The form by which manifests are uploaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.models import AwsAccount
from posture.kubernetes.pod_security import LATEST
from posture.kubernetes.sources import ARCHIVES, ENDINGS, plain_name
from posture.manifests.models import AS_CLUSTER, LATEST_VERSION, NAME_LENGTH_MAX, SOURCE_NAME
from posture.pages.manifests.queries import ClusterChoice
from posture.web.uploads import UPLOAD_BYTES_MAX

OLDEST_OFFERED = 22
"""Minor version of Kubernetes; older ones are judged by it just as well, and run nowhere."""
FILES_MAX = 200
"""Files of one request; an archive is one."""
VERSIONS = (
    (LATEST_VERSION, f"The latest that is known here (1.{LATEST})"),
    (AS_CLUSTER, "As the cluster"),
    *((f"1.{minor}", f"1.{minor}") for minor in range(LATEST, OLDEST_OFFERED - 1, -1)),
)


class FilesInput(forms.ClearableFileInput):
    """A field for several files."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several files, each bounded by the whole."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the files that were sent, at least one."""
        sent = data if isinstance(data, list | tuple) else [data] if data else []
        if not sent:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(sent) > FILES_MAX:
            raise ValidationError(f"These are {len(sent):,} files. Send at most {FILES_MAX}, or an archive.")
        return [super(FilesField, self).clean(one, initial) for one in sent]


class UploadForm(forms.Form):
    """Files, their account or cluster, the name of their source, and a version."""

    manifests = FilesField(
        label="Files",
        widget=FilesInput(attrs={"accept": ",".join((*ENDINGS, *ARCHIVES)), "multiple": True}),
        help_text=(
            f"YAML, JSON, .zip or .tar.gz, at most {UPLOAD_BYTES_MAX // 1_000_000} MB together. Helm charts and "
            "Kustomize sources are templates: render them first."
        ),
        error_messages={
            "required": "Choose at least one file.",
            "empty": "One of the files is empty. Leave it out.",
        },
    )
    home = forms.ChoiceField(
        label="Belongs to",
        help_text="The AWS account or EKS cluster that the manifests are for. Its owners see what is found.",
        error_messages={
            "required": "Choose an account or a cluster.",
            "invalid_choice": "Choose one of these: you may not upload for any other.",
        },
    )
    name = forms.RegexField(
        SOURCE_NAME,
        label="Name of the source",
        max_length=NAME_LENGTH_MAX,
        help_text="Such as payments-gitops. Another upload by the same name replaces it, and shows what changed.",
        error_messages={
            "required": "Write where the manifests come from, such as payments-gitops.",
            "invalid": "Write lower-case letters, digits and dashes, such as payments-gitops.",
        },
    )
    version = forms.ChoiceField(
        label="Version of Kubernetes",
        choices=VERSIONS,
        initial=LATEST_VERSION,
        help_text="Its Pod Security Standards decide which level a workload reaches.",
    )

    def __init__(
        self, accounts: Sequence[AwsAccount], clusters: Mapping[int, Sequence[ClusterChoice]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.by_home: dict[str, tuple[AwsAccount, ClusterChoice | None]] = {}
        home = self.fields["home"]
        if isinstance(home, forms.ChoiceField):
            home.choices = [("", "Choose …"), *self._choices(accounts, clusters)]
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name in {"home", "version"} else "form-control"
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def _choices(
        self, accounts: Sequence[AwsAccount], clusters: Mapping[int, Sequence[ClusterChoice]]
    ) -> list[tuple[str, str]]:
        found = []
        for account in accounts:
            self.by_home[account.account_id] = (account, None)
            found.append((account.account_id, f"{account.name} ({account.account_id})"))
            for cluster in clusters.get(account.pk, ()):
                self.by_home[cluster.arn] = (account, cluster)
                found.append((cluster.arn, f"{account.name} ({account.account_id}): cluster {cluster.name}"))
        return found

    @property
    def chosen(self) -> tuple[AwsAccount, ClusterChoice | None]:
        """The account, and the cluster where one was chosen."""
        return self.by_home[self.cleaned_data["home"]]

    @property
    def sent(self) -> list[tuple[str, bytes]]:
        """Names and contents of the files."""
        return [
            (plain_name(one.name or "file"), one.read())
            for one in self.cleaned_data["manifests"]
            if isinstance(one, UploadedFile)
        ]

    @property
    def minor(self) -> int:
        """The minor version to judge by."""
        choice: str = self.cleaned_data["version"]
        if choice == LATEST_VERSION:
            return LATEST
        _, cluster = self.chosen
        return (cluster.minor if cluster and cluster.minor else LATEST) if choice == AS_CLUSTER else int(choice[2:])

    def clean(self) -> dict[str, Any]:
        """Refuse the cluster's version where there is none or it is unknown."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("version") == AS_CLUSTER and "home" in cleaned:
            _, cluster = self.chosen
            if cluster is None:
                self.add_error("version", "There is no cluster: choose one above, or a version.")
            elif cluster.minor is None:
                self.add_error("version", f"The version of {cluster.name} could not be read. Choose a version.")
        return cleaned
