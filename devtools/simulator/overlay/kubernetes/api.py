"""An API server of Kubernetes that lists: paging, rights, faults, its own TLS."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from devtools.simulator.overlay.kubernetes.certificates import authority_of
from devtools.simulator.overlay.kubernetes.tokens import FindKeys, TokenError, check_token
from posture.permissions import cluster_role

KINDS: Mapping[str, tuple[str, str]] = {
    "ClusterRole": ("rbac.authorization.k8s.io/v1", "clusterroles"),
    "ClusterRoleBinding": ("rbac.authorization.k8s.io/v1", "clusterrolebindings"),
    "ConfigMap": ("v1", "configmaps"),
    "CronJob": ("batch/v1", "cronjobs"),
    "DaemonSet": ("apps/v1", "daemonsets"),
    "Deployment": ("apps/v1", "deployments"),
    "Ingress": ("networking.k8s.io/v1", "ingresses"),
    "Job": ("batch/v1", "jobs"),
    "MutatingWebhookConfiguration": ("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations"),
    "Namespace": ("v1", "namespaces"),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies"),
    "Node": ("v1", "nodes"),
    "Pod": ("v1", "pods"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "ReplicationController": ("v1", "replicationcontrollers"),
    "Role": ("rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", "rolebindings"),
    "Secret": ("v1", "secrets"),
    "Service": ("v1", "services"),
    "ServiceAccount": ("v1", "serviceaccounts"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "ValidatingAdmissionPolicy": ("admissionregistration.k8s.io/v1", "validatingadmissionpolicies"),
    "ValidatingAdmissionPolicyBinding": ("admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings"),
    "ValidatingWebhookConfiguration": ("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations"),
}
"""Each kind's version and plural."""
NOT_SERVED = b"404 page not found"
SLOW_SECONDS = 5.0


def default_rules() -> list[dict[str, Any]]:
    """Return the rules of the ClusterRole that the product generates."""
    rules: list[dict[str, Any]] = next(yaml.safe_load_all(cluster_role()))["rules"]
    return rules


@dataclass
class Cluster:
    """What a cluster has, who may read it, and what goes wrong in it."""

    name: str
    region: str
    find_keys: FindKeys
    objects: Callable[[], Sequence[Mapping[str, Any]]]
    admits: Callable[[str], bool] = lambda _arn: True
    """Whether an access entry lets a caller in, by its ARN."""
    rules: list[dict[str, Any]] = field(default_factory=default_rules)
    faults: dict[str, str] = field(default_factory=dict)
    """What happens to lists, by plural or "*".

    "forbidden", "unserved", "expired", "expired once", "throttled once", "busy", "slow", "garbage", "html",
    "no items", "loop", "huge", "reset", "redirect", "compressed", "dripping", "endless".
    """
    asked: list[str] = field(default_factory=list)
    """Paths that were asked, in order."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Keep quiet: callers that hang up are what tests are about."""


@dataclass
class ClusterApi:
    """A cluster's endpoint on a free port of this machine."""

    cluster: Cluster

    def __post_init__(self) -> None:
        authority = authority_of(self.cluster.name)
        self.server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"cluster": self.cluster}))
        self.server.socket = authority.context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.authority = authority.pem
        self.endpoint = f"https://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True, name=f"cluster {self.cluster.name}").start()

    def stop(self) -> None:
        """Close the endpoint."""
        self.server.shutdown()
        self.server.server_close()


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    """Seconds after each byte."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: Cluster
    timeout = 30

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.cluster.asked.append(self.path)
        fields = {key: values[0] for key, values in parse_qs(parts.query).items()}
        answer = _answer(self.cluster, parts.path, fields, self.headers.get("Authorization", ""))
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not answer.pause:
            self.wfile.write(answer.body)
            return
        for byte in answer.body:
            self.wfile.write(bytes([byte]))
            time.sleep(answer.pause)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


def _answer(cluster: Cluster, path: str, fields: Mapping[str, str], authorization: str) -> _Answer | None:
    """Return what a request gets; None for a connection that is cut."""
    try:
        caller = check_token(authorization.removeprefix("Bearer "), cluster.name, cluster.region, cluster.find_keys)
    except (TokenError, KeyError, ValueError):
        return _status(401, "Unauthorized", "Unauthorized")
    if not cluster.admits(caller):
        return _status(401, "Unauthorized", "Unauthorized")
    asked = _Asked.of(path)
    if asked is None:
        return _Answer(404, NOT_SERVED)
    fault = cluster.faults.get(asked.plural) or cluster.faults.get("*", "")
    if fault == "forbidden" or not any(asked.is_allowed_by(rule) for rule in cluster.rules):
        return _status(403, "Forbidden", f'{asked.plural}.{asked.group} is forbidden: User "plumbline" cannot list it')
    if fault:
        broken = _FAULTS[fault](cluster, asked, fields)
        if broken is not _AS_USUAL:
            return broken
    return _listed(cluster, asked, fields)


@dataclass(frozen=True)
class _Asked:
    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""

    @classmethod
    def of(cls, path: str) -> _Asked | None:
        parts = path.strip("/").split("/")
        if parts[0] == "api" and len(parts) > 2:  # noqa: PLR2004
            group, version, rest = "", parts[1], parts[2:]
        elif parts[0] == "apis" and len(parts) > 3:  # noqa: PLR2004
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            return None
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:  # noqa: PLR2004
            namespace, rest = rest[1], rest[2:]
        return cls(group, version, rest[0], namespace, rest[1] if len(rest) > 1 else "")

    def is_allowed_by(self, rule: Mapping[str, Any]) -> bool:
        names = rule.get("resourceNames") or []
        return (
            self.group in rule["apiGroups"]
            and self.plural in rule["resources"]
            and ("get" if self.name else "list") in rule["verbs"]
            and (not names or self.name in names)
        )


def _listed(cluster: Cluster, asked: _Asked, fields: Mapping[str, str]) -> _Answer:
    version = f"{asked.group}/{asked.version}" if asked.group else asked.version
    kind = next((kind for kind, one in KINDS.items() if one == (version, asked.plural)), "")
    if not kind:
        return _Answer(404, NOT_SERVED)
    found = [one for one in cluster.objects() if one["kind"] == kind]
    if asked.name:
        return _one(found, asked)
    start, limit = int(fields.get("continue", "0")), int(fields.get("limit", "0")) or len(found)
    page, rest = found[start : start + limit], max(0, len(found) - start - limit)
    metadata = {"resourceVersion": "4711"} | (
        {"continue": str(start + limit), "remainingItemCount": rest} if rest else {}
    )
    # Items of a list have no kind of their own.
    items = [{key: value for key, value in one.items() if key not in {"kind", "apiVersion"}} for one in page]
    return _json({"kind": f"{kind}List", "apiVersion": version, "metadata": metadata, "items": items})


def _one(found: Sequence[Mapping[str, Any]], asked: _Asked) -> _Answer:
    for one in found:
        if (one["metadata"]["name"], one["metadata"].get("namespace", "")) == (asked.name, asked.namespace):
            return _json(one)
    return _status(404, "NotFound", f'{asked.plural} "{asked.name}" not found')


def _json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> _Answer:
    return _Answer(status, json.dumps(content).encode(), headers or {})


def _status(code: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> _Answer:
    said = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message}
    return _json({**said, "code": code}, code, headers)


_AS_USUAL = _Answer(0, b"")


def _slow(_cluster: Cluster, _asked: _Asked, _fields: Mapping[str, str]) -> _Answer:
    time.sleep(SLOW_SECONDS)
    return _AS_USUAL


def _expired(cluster: Cluster, asked: _Asked, fields: Mapping[str, str]) -> _Answer:
    """Refuse the second page, as after a compaction of the store; once, or each time."""
    if "continue" not in fields:
        return _AS_USUAL
    if cluster.faults.get(asked.plural) == "expired once":
        del cluster.faults[asked.plural]
    return _status(HTTPStatus.GONE, "Expired", "The provided continue parameter is too old")


def _throttled(cluster: Cluster, asked: _Asked, _fields: Mapping[str, str]) -> _Answer:
    del cluster.faults[asked.plural]
    return _status(429, "TooManyRequests", "too many requests", {"Retry-After": "0"})


def _loop(_cluster: Cluster, _asked: _Asked, _fields: Mapping[str, str]) -> _Answer:
    return _json({"kind": "List", "metadata": {"continue": "again"}, "items": []})


def _endless(_cluster: Cluster, _asked: _Asked, fields: Mapping[str, str]) -> _Answer:
    following = str(int(fields.get("continue", "0")) + 1)
    return _json({"kind": "List", "metadata": {"continue": following}, "items": []})


def _huge(_cluster: Cluster, _asked: _Asked, _fields: Mapping[str, str]) -> _Answer:
    return _Answer(200, b'{"items": [' + b" " * 80_000_000 + b"]}")


_FAULTS: Mapping[str, Callable[[Cluster, _Asked, Mapping[str, str]], _Answer | None]] = {
    "busy": lambda *_: _status(503, "ServiceUnavailable", "the server is busy", {"Retry-After": "0"}),
    "compressed": lambda *_: _Answer(200, gzip.compress(b'{"items": []}'), {"Content-Encoding": "gzip"}),
    "dripping": lambda *_: _Answer(200, b'{"items": [' + b" " * 200 + b"]}", pause=0.05),
    "endless": _endless,
    "expired": _expired,
    "expired once": _expired,
    "garbage": lambda *_: _Answer(200, b'{"items": ['),
    "html": lambda *_: _Answer(200, b"<html>a portal</html>"),
    "huge": _huge,
    "loop": _loop,
    "no items": lambda *_: _json({"kind": "PodList", "items": [{"metadata": {}}]}),
    "redirect": lambda *_: _Answer(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"}),
    "reset": lambda *_: None,
    "slow": _slow,
    "throttled once": _throttled,
    "unserved": lambda *_: _Answer(404, NOT_SERVED),
}
