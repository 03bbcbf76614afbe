"""Reads clusters: the list, and one of them worked out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import Http404

from accounts.models import AwsAccount, ConnectedCluster
from posture.core.gap import ANY
from posture.core.kubernetes import CLUSTER, SOURCE, home_of, is_uploaded
from posture.core.resource import GLOBAL
from posture.core.values import Unknown
from posture.history import query
from posture.history.query import GapRecord, ResourceRecord
from posture.history.scope import Scope
from posture.kubernetes.pods import mapping, sequence
from posture.kubernetes.rbac.chains import Escalation
from posture.kubernetes.rbac.graph import RBAC_KINDS, Rbac, RbacLogin, UnreadLists, build
from posture.kubernetes.rbac.iam import PodRole, config_map_logins, login_of, pod_roles
from posture.pages.clusters.facts import Addon, ClusterConnection, ClusterFacts, ClusterGap, CutFact, Exit
from posture.pages.clusters.powers import entrances_of, subjects_of
from posture.pages.clusters.roles import is_administrator
from posture.pages.clusters.workloads import namespaces_of, workload_of

EKS_CLUSTER = "AWS::EKS::Cluster"
ENTRY, ASSOCIATION, ADDON = "AWS::EKS::AccessEntry", "AWS::EKS::PodIdentityAssociation", "AWS::EKS::Addon"
DETECTOR, ROLE, POLICY = "AWS::GuardDuty::Detector", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
PREFIX = "Kubernetes::"
WORKLOAD, NAMESPACE = "Kubernetes::Workload", "Kubernetes::Namespace"
READ_KINDS = (*RBAC_KINDS, "ServiceAccount", "Workload", "Namespace", "NetworkPolicy", "ConfigMap")
POWER_KINDS = (*RBAC_KINDS, "ServiceAccount", "Workload")
"""Kinds that powers rest on."""
NO_CONFIG_MAP = "API"
"""The authentication mode in which aws-auth is not read."""
AUDIT_LOGS = "EKS_AUDIT_LOGS"
CUTS_MAX = 5


@dataclass(slots=True)
class EksCluster:
    """An EKS cluster with what the list shows of it."""

    record: ResourceRecord
    config: Mapping[str, Any]
    connection: ClusterConnection = ClusterConnection.NONE
    workloads: int = 0
    namespaces: int = 0
    gaps: int = 0

    @property
    def account(self) -> AwsAccount:
        """The account that it is in."""
        return self.record.account

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.record.name

    @property
    def version(self) -> str | None:
        """As "1.34"; None where AWS refused it."""
        version = self.config.get("version")
        return version if isinstance(version, str) else None

    @property
    def minor(self) -> int:
        """The minor version; 0 where it is not known."""
        _, _, minor = (self.version or "").partition(".")
        return int(minor) if minor.isdecimal() else 0

    @property
    def is_private(self) -> bool | None:
        """Whether its endpoint is in its VPC alone; None where AWS refused that."""
        network = self.config.get("resourcesVpcConfig")
        is_public = None if isinstance(network, Unknown) else mapping(network).get("endpointPublicAccess")
        return None if not isinstance(is_public, bool) else not is_public

    @property
    def issuer(self) -> str:
        """The issuer of its service accounts' tokens; empty where it is not known."""
        identity = self.config.get("identity")
        oidc = None if isinstance(identity, Unknown) else mapping(identity).get("oidc")
        issuer = None if isinstance(oidc, Unknown) else mapping(oidc).get("issuer")
        return issuer if isinstance(issuer, str) else ""

    @property
    def authentication(self) -> str | None:
        """How principals of IAM get in; None where AWS refused that."""
        access = self.config.get("accessConfig")
        mode = None if isinstance(access, Unknown) else mapping(access).get("authenticationMode")
        return mode if isinstance(mode, str) else None

    @property
    def logs_audit(self) -> bool | None:
        """Whether it writes audit logs; None where AWS refused that."""
        logging = self.config.get("logging")
        if isinstance(logging, Unknown):
            return None
        setups = [mapping(one) for one in sequence(mapping(logging).get("clusterLogging"))]
        return any(one.get("enabled") and "audit" in sequence(one.get("types")) for one in setups)


def list_clusters(scope: Scope) -> list[EksCluster]:
    """Return the clusters of a scope by name."""
    return query.get_or_compute(scope, "clusters", lambda: _list(scope), sorted(_connected(scope)))


def has_cluster_gaps(scope: Scope) -> bool:
    """Return True if clusters could not be listed somewhere."""
    return query.gaps(scope).filter(blinds=True, resource_type__in=(ANY, EKS_CLUSTER)).exists()


def _list(scope: Scope) -> list[EksCluster]:
    records = list(query.resources(scope).filter(type=EKS_CLUSTER))
    if not records:
        return []
    counted, uploaded = _counts(scope)
    gaps, connected = list(_kubernetes_gaps(scope)), _connected(scope)
    found = []
    for record in records:
        record.account = scope.by_pk[record.account_id]
        live, is_connected = counted[record.arn], (record.account_id, record.arn) in connected
        blind = {gap.resource_type for gap in gaps if _hides(gap, record)} if live or is_connected else set()
        found.append(
            EksCluster(
                record,
                record.config,
                _connection(bool(live), bool(blind), record.arn in uploaded, is_connected),
                live[WORKLOAD],
                live[NAMESPACE],
                len(blind),
            )
        )
    return sorted(found, key=lambda one: (one.name.lower(), one.record.arn))


def _counts(scope: Scope) -> tuple[dict[str, Counter[str]], set[str]]:
    """Return objects by cluster and type, and clusters that have uploads."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    by_source: dict[str, int] = {}
    rows = query.resources(scope).filter(type__in=(WORKLOAD, NAMESPACE)).select_related(None).order_by()
    for number, resource_type, arn in rows.values_list("resource_id", "type", "arn"):
        if is_uploaded(arn):
            by_source.setdefault(home_of(arn), number)
        else:
            counted[home_of(arn)][resource_type] += 1
    uploaded = rows.filter(resource_id__in=by_source.values()) if by_source else ()
    return counted, {str(one.config.get(CLUSTER) or "") for one in uploaded}


def _connected(scope: Scope) -> set[tuple[int, str]]:
    """Return account and ARN of the clusters whose objects are to be read."""
    return set(ConnectedCluster.objects.filter(account__among=scope.among).values_list("account_id", "arn"))


def _connection(has_live: bool, has_gaps: bool, has_uploads: bool, is_connected: bool) -> ClusterConnection:  # noqa: FBT001
    if has_live:
        return ClusterConnection.PARTIAL if has_gaps else ClusterConnection.LIVE
    if is_connected and has_gaps:
        return ClusterConnection.UNREAD
    if has_uploads:
        return ClusterConnection.UPLOADED
    return ClusterConnection.WAITING if is_connected else ClusterConnection.NONE


def _kubernetes_gaps(scope: Scope) -> Iterable[GapRecord]:
    return query.gaps(scope).filter(blinds=True, resource_type__startswith=PREFIX).select_related(None)


def _hides(gap: GapRecord, cluster: ResourceRecord) -> bool:
    """Return True if a gap hides objects of a cluster."""
    if gap.account_id != cluster.account_id or gap.region not in (ANY, cluster.region):
        return False
    return f"{cluster.arn}/".startswith(getattr(gap, "within", "") or "")


def load_cluster(scope: Scope, resource_id: int) -> EksCluster:
    """Return one cluster; 404 where the scope has no such one."""
    record = query.get_resource(scope, resource_id)
    if record.type != EKS_CLUSTER:
        raise Http404("That is not an EKS cluster.")
    record.account = scope.by_pk[record.account_id]
    return EksCluster(record, record.config)


def load_facts(scope: Scope, cluster: EksCluster) -> ClusterFacts:
    """Return a cluster worked out, from the cache where nothing changed."""
    own = scope.of_account(cluster.record.account_id)
    is_connected = (cluster.record.account_id, cluster.record.arn) in _connected(own)
    version = (cluster.record.resource_id, is_connected, query.scope_version(own), own.as_of)
    return query.get_or_compute_for_accounts("cluster", version, lambda: _ClusterReader(own, cluster).facts())


@dataclass
class _ClusterReader:
    """Works out one cluster."""

    scope: Scope
    cluster: EksCluster
    ids: dict[str, int] = field(default_factory=dict)

    @cached_property
    def records(self) -> list[ResourceRecord]:
        """Everything in the account and region that may belong to the cluster."""
        types = [f"{PREFIX}{kind}" for kind in READ_KINDS] + [ENTRY, ASSOCIATION, ADDON, DETECTOR]
        rows = query.resources(self.scope).filter(type__in=types, region__in=(self.cluster.record.region, GLOBAL))
        return list(rows.select_related(None).order_by())

    @cached_property
    def objects(self) -> list[ResourceRecord]:
        """The cluster's objects: those read from it, or else those uploaded for it."""
        arn = self.cluster.record.arn
        kept = [one for one in self.records if one.type.startswith(PREFIX)]
        live = [one for one in kept if one.arn.startswith(f"{arn}/")]
        return live or [one for one in kept if is_uploaded(one.arn) and one.config.get(CLUSTER) == arn]

    @cached_property
    def contents(self) -> list[tuple[ResourceRecord, dict[str, Any]]]:
        """Objects with their configurations, unpacked once."""
        return [(one, one.config) for one in self.objects]

    @cached_property
    def gaps(self) -> list[GapRecord]:
        """Lists of objects that were refused."""
        is_upload = bool(self.objects) and is_uploaded(self.objects[0].arn)
        if is_upload or not (self.objects or self.is_connected):
            return []
        return [gap for gap in _kubernetes_gaps(self.scope) if _hides(gap, self.cluster.record)]

    @cached_property
    def is_connected(self) -> bool:
        """Whether its objects are to be read."""
        return (self.cluster.record.account_id, self.cluster.record.arn) in _connected(self.scope)

    @cached_property
    def connection(self) -> ClusterConnection:
        """How the objects are known."""
        is_upload = bool(self.objects) and is_uploaded(self.objects[0].arn)
        has_live = bool(self.objects) and not is_upload
        return _connection(has_live, bool(self.gaps), is_upload, self.is_connected)

    @cached_property
    def unread(self) -> UnreadLists:
        """Lists that may lack objects."""
        if self.connection not in (ClusterConnection.LIVE, ClusterConnection.PARTIAL):
            return UnreadLists.of((kind, "") for kind in READ_KINDS)
        kinds = READ_KINDS if any(gap.resource_type == ANY for gap in self.gaps) else ()
        return UnreadLists.of([*((kind, "") for kind in kinds), *((_kind(gap), "") for gap in self.gaps)])

    def facts(self) -> ClusterFacts:
        """Return everything that the pages show."""
        by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record, content in self.contents:
            by_kind[str(content.get("kind"))].append(content)
            self.ids["/".join(record.arn.rsplit("/", 3)[1:])] = record.resource_id
        workloads = [
            workload
            for record, content in self.contents
            if record.type == WORKLOAD
            and (workload := workload_of(record.resource_id, content, record.observed, self.cluster.minor))
        ]
        found = Escalation(self._graph())
        become, are_exits_known = self._pod_roles(by_kind["ServiceAccount"])
        roles = self._principals(
            [*(one.role_arn for one in become), *(each.arn for each in found.rbac.logins.values())]
        )
        cuts = found.cuts[:CUTS_MAX]
        return ClusterFacts(
            connection=self.connection,
            namespaces=namespaces_of(workloads, by_kind, self.unread),
            subjects=subjects_of(found),
            entrances=entrances_of(found, {arn: one.resource_id for arn, one in roles.items()}),
            exits=tuple(self._exits(become, roles, found.rbac)),
            cuts=tuple(CutFact(cut.binding, len(cut.subjects)) for cut in cuts),
            gaps=tuple(ClusterGap(gap.resource_type, gap.reason, gap.remedy) for gap in self.gaps),
            addons=tuple(self._addons()),
            unread_kinds=tuple(filter(self.unread.covers, POWER_KINDS)),
            resource_ids=self.ids,
            are_entrances_known=self._logins[1],
            are_exits_known=are_exits_known,
            watches_audit_logs=self._watches(),
            sources=tuple(sorted({str(one.get(SOURCE)) for _, one in self.contents if one.get(SOURCE)})),
        )

    def _graph(self) -> Rbac:
        mode = self.cluster.authentication
        return build(
            (content for _, content in self.contents),
            self.unread,
            self._logins[0],
            reads_config_map=None if mode is None else mode != NO_CONFIG_MAP,
            minor=self.cluster.minor,
        )

    @cached_property
    def _logins(self) -> tuple[list[RbacLogin], bool]:
        """Who comes in from IAM, and whether that is everybody."""
        entries = [login_of(one.config) for one in self._of_type(ENTRY)]
        found = {login.arn: login for login in entries if login}
        is_known = None not in entries and not self._has_gap(ENTRY)
        if self.cluster.authentication != NO_CONFIG_MAP:
            mapped = self._config_map()
            is_known = is_known and mapped is not None
            # An access entry takes the place of a line about the same principal.
            found = {login.arn: login for login in mapped or ()} | found
        return list(found.values()), is_known

    def _config_map(self) -> list[RbacLogin] | None:
        for record, content in self.contents:
            metadata = mapping(content.get("metadata"))
            if record.type == f"{PREFIX}ConfigMap" and metadata.get("name") == "aws-auth":
                return config_map_logins(mapping(content.get("data")))
        return None if self.unread.covers("ConfigMap") else []

    def _pod_roles(self, accounts: Iterable[Mapping[str, Any]]) -> tuple[list[PodRole], bool]:
        listed = list(accounts)
        associations = [one.config for one in self._of_type(ASSOCIATION)]
        arns = [one.role_arn for one in pod_roles(listed, (), {}, "")]
        trusts = {arn: one.config.get("AssumeRolePolicyDocument") for arn, one in self._principals(arns).items()}
        is_known = not self.unread.covers("ServiceAccount") and not self._has_gap(ASSOCIATION)
        return pod_roles(listed, associations, trusts, self.cluster.issuer), is_known

    def _exits(self, become: Iterable[PodRole], roles: Mapping[str, ResourceRecord], rbac: Rbac) -> Iterable[Exit]:
        policies = self._policies(roles.values())
        made = [
            Exit(
                service_account=str(one.account),
                role_arn=one.role_arn,
                way=one.way.value,
                is_trusted=one.is_trusted,
                is_administrator=is_administrator(roles[one.role_arn].config, policies)
                if one.role_arn in roles
                else None,
                role_id=roles[one.role_arn].resource_id if one.role_arn in roles else None,
                workloads=len(rbac.running.get(one.account, ())),
            )
            for one in become
        ]
        return sorted(made, key=lambda one: (not one.is_administrator, one.is_trusted is False, one.service_account))

    def _principals(self, arns: Iterable[str]) -> dict[str, ResourceRecord]:
        """Return the account's IAM roles and users among some ARNs."""
        wanted = {arn for arn in arns if ":iam::" in arn}
        known: dict[str, ResourceRecord] = self.__dict__.setdefault("_seen", {})
        missing = wanted - known.keys() - self.__dict__.setdefault("_absent", set())
        if missing:
            rows = query.resources(self.scope).filter(arn__in=missing, region=GLOBAL).select_related(None).order_by()
            known.update({one.arn: one for one in rows})
            self.__dict__["_absent"] |= missing - known.keys()
        return {arn: known[arn] for arn in wanted if arn in known}

    def _policies(self, roles: Iterable[ResourceRecord]) -> dict[str, Any]:
        """Return the documents of the account's own managed policies that roles have."""
        arns = {
            arn
            for one in roles
            for arn in sequence(one.config.get("AttachedManagedPolicies"))
            if isinstance(arn, str) and ":iam::aws:" not in arn
        }
        if not arns:
            return {}
        rows = query.resources(self.scope).filter(type=POLICY, arn__in=arns).select_related(None).order_by()
        return {one.arn: one.config.get("PolicyDocument") for one in rows}

    def _addons(self) -> Iterable[Addon]:
        for one in self._of_type(ADDON):
            version = one.config.get("addonVersion")
            status = one.observed.get("status")
            yield Addon(
                one.resource_id,
                str(one.config.get("addonName") or one.name),
                version if isinstance(version, str) else "",
                status if isinstance(status, str) else "",
            )

    def _of_type(self, resource_type: str) -> list[ResourceRecord]:
        """Return the cluster's own resources of a type of EKS."""
        name = self.cluster.name
        return [one for one in self.records if one.type == resource_type and one.config.get("clusterName") == name]

    def _watches(self) -> bool | None:
        """Return whether GuardDuty reads the cluster's audit log."""
        detectors = [one.config for one in self.records if one.type == DETECTOR]
        if not detectors:
            return None if self._has_gap(DETECTOR) else False
        features = detectors[0].get("Features")
        if isinstance(features, Unknown):
            return None
        plans = {str(mapping(one).get("Name")): mapping(one).get("Status") for one in sequence(features)}
        return plans.get(AUDIT_LOGS) == "ENABLED"

    @cached_property
    def _blind(self) -> set[str]:
        rows = query.gaps(self.scope).filter(blinds=True, resource_type__in=(ANY, ENTRY, ASSOCIATION, DETECTOR))
        kinds = rows.filter(region__in=(ANY, self.cluster.record.region)).values_list("resource_type", flat=True)
        return set(kinds)

    def _has_gap(self, resource_type: str) -> bool:
        return bool(self._blind & {ANY, resource_type})


def _kind(gap: GapRecord) -> str:
    return gap.resource_type.removeprefix(PREFIX)
