"""How objects of Kubernetes are named, in its API and as resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

CLUSTER, SOURCE = "Cluster", "Source"
"""Keys of an object's configuration: the ARN of its cluster, and the name of the upload that it came with."""
VERSION = "KubernetesVersion"
"""Key of a workload: by which version it is judged, as "1.31"; the latest that is known without it."""
UPLOADS = ":manifests/"
"""What the ARN of everything uploaded has, and no ARN of AWS's."""

Shape = Callable[[Mapping[str, Any]], Any]
"""What is kept of an object as soon as its page is read: a large cluster's pods as they are would fill the memory."""


@dataclass(frozen=True, slots=True)
class ApiResource:
    """A collection of Kubernetes's API, or one object of it."""

    group: str
    """Empty for the core group."""
    version: str
    plural: str
    kind: str
    namespace: str = ""
    """Of the one object that is read; else all namespaces are."""
    name: str = ""
    """Of the one object that is read."""

    @property
    def path(self) -> str:
        """The path on the cluster's endpoint."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        inside = f"/namespaces/{self.namespace}" if self.namespace else ""
        return f"{root}{inside}/{self.plural}" + (f"/{self.name}" if self.name else "")

    @property
    def api_version(self) -> str:
        """As in manifests: "apps/v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def full_name(self) -> str:
        """As kubectl names it: "deployments.apps"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def verb(self) -> str:
        """The right that reading it takes."""
        return "get" if self.name else "list"


def object_arn(home: str, namespace: str, kind: str, name: str) -> str:
    """Return the ARN of an object; `home` is its cluster's ARN, or that of an upload."""
    return f"{home}/{namespace or '-'}/{kind}/{name}"


def home_of(arn: str) -> str:
    """Return the ARN of the cluster or upload that an object is in."""
    return arn.rsplit("/", 3)[0]


def upload_home(partition: str, region: str, account_id: str, source: str) -> str:
    """Return the ARN under which everything of an uploaded source is."""
    return f"arn:{partition}:plumbline:{region}:{account_id}{UPLOADS}{source}"


def is_uploaded(arn: str) -> bool:
    """Return True for an object that was uploaded, and not read from a cluster."""
    return UPLOADS in arn and arn.split(":", 3)[2:3] == ["plumbline"]
