"""Queries of the container pages: workloads, repositories, images, and findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from posture.core.gap import ANY
from posture.core.population import configurations
from posture.core.values import Unknown
from posture.history import query
from posture.history.query import ResourceRecord, Triage
from posture.history.scope import Scope
from posture.kubernetes.pods import mapping, pod_of
from posture.pages.containers.references import parse_reference
from posture.pages.containers.usage import (
    ContainerWorkload,
    Image,
    Location,
    Registries,
    Repository,
    StoredImage,
    UsedImage,
    join_images,
)
from posture.pages.containers.ways import (
    APP_RUNNER,
    CLUSTER,
    EKS_CLUSTER,
    FARGATE_PROFILE,
    FUNCTION,
    INSTANCE,
    LAUNCH_TYPES,
    NODE_GROUP,
    OF_CLUSTER,
    REPOSITORY,
    SERVICE,
    TASK_DEFINITION,
    WayOfRunning,
)

WORKLOAD = "Kubernetes::Workload"
HOST_CHECK = "ec2_instance_containers_orchestrated"
"""The check that finds instances which start containers by themselves."""
KUBERNETES_SERVICE = "Kubernetes::Service"
RUNNERS = (SERVICE, TASK_DEFINITION, FUNCTION, APP_RUNNER, WORKLOAD)
"""Types of what runs images."""
AROUND = (CLUSTER, EKS_CLUSTER, NODE_GROUP, FARGATE_PROFILE, *OF_CLUSTER, REPOSITORY, KUBERNETES_SERVICE)
"""Types of what is below or around them."""
UNREAD_FIELDS = (
    "hash", "known_hash", "packed_known", "missed_at", "gone_at", "close_reason", "valid_to", "ends", "valid_from",
)  # fmt: skip
FINDING_FIELDS = ("finding_id", "resource_id", "resource_type", "check_id", "status", "severity", "triage")


@dataclass(frozen=True, slots=True)
class FindingRow:
    """An open finding on what runs containers, or on what is below it."""

    finding_id: int
    resource_id: int
    resource_type: str
    check_id: str
    status: str
    severity: int
    triage: str

    @property
    def fails(self) -> bool:
        """Return True if it fails and nobody has set it aside."""
        return self.status == FAILING_STATUS and self.triage not in SET_ASIDE


FAILING_STATUS = "fail"
SET_ASIDE = {state.value for state in Triage.SET_ASIDE}


@dataclass(slots=True)
class Estate:
    """All that runs containers in a scope."""

    workloads: list[ContainerWorkload]
    images: list[Image]
    ways_of: Mapping[int, set[WayOfRunning]]
    """The ways that each resource belongs to, by its id."""
    types: Mapping[WayOfRunning, set[str]]
    """The types of what was found in each way."""
    names: Mapping[int, str]
    findings: list[FindingRow]
    blind: Mapping[WayOfRunning, int] = field(default_factory=dict)
    """In how many account-regions what runs in a way could not be listed."""
    unknown_hosts: int = 0
    """Instances of which it is not known whether they start containers."""
    is_past: bool = False

    @property
    def ways(self) -> list[WayOfRunning]:
        """The ways that are in use, or could not be seen, in order."""
        return [way for way in WayOfRunning if self.types.get(way) or self.blind.get(way)]

    def of(self, way: WayOfRunning) -> list[ContainerWorkload]:
        """Return what runs in a way."""
        return [one for one in self.workloads if one.way is way]


def load_estate(scope: Scope) -> Estate:
    """Return all that runs containers, with images and findings."""
    return query.get_or_compute(scope, "containers", lambda: _EstateReader(scope).estate())


def find_image(scope: Scope, image_id: str) -> Image | None:
    """Return the image that a URL names."""
    return next((one for one in load_estate(scope).images if one.id == image_id), None)


class _EstateReader:
    """Makes workloads and repositories of records."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.hosts, self.unknown_hosts = self._find_hosts()
        self.records = self._read(type__in=(*RUNNERS, *AROUND))
        self.records += self._read(resource_id__in=list(self.hosts)) if self.hosts else []
        self.by_type: dict[str, list[ResourceRecord]] = defaultdict(list)
        for record in self.records:
            self.by_type[record.type].append(record)
        self.definitions = {one.arn: one for one in self.by_type[TASK_DEFINITION]}
        self.public_groups = self._find_public_groups()
        self.ways_of: dict[int, set[WayOfRunning]] = defaultdict(set)
        self.types: dict[WayOfRunning, set[str]] = defaultdict(set)
        self.fargate = self._fargate_selectors()
        self.public_pods = self._find_public_pods()

    def estate(self) -> Estate:
        """Return the estate."""
        workloads = [one for record in self.records for one in self._workloads(record)]
        self._place_surroundings(workloads)
        blind, unread = self._gaps()
        registries = Registries(self._repositories(), {one.account_id for one in self.scope.accounts}, unread)
        images = join_images(workloads, registries, self.scope.now)
        self._place_repositories(images)
        for record in self.records:
            for way in self.ways_of.get(record.resource_id, ()):
                self.types[way].add(record.type)
        return Estate(
            workloads,
            images,
            dict(self.ways_of),
            dict(self.types),
            {one.resource_id: one.name for one in self.records if one.resource_id in self.ways_of},
            self._findings(),
            blind,
            self.unknown_hosts,
            self.scope.as_of is not None,
        )

    def _read(self, **narrowed: Any) -> list[ResourceRecord]:
        rows = query.resources(self.scope).filter(**narrowed).select_related(None).order_by()
        found = list(rows.defer(*UNREAD_FIELDS))
        for record in found:
            record.account = self.scope.by_pk[record.account_id]  # one object shared by all of its resources
        return found

    def _find_hosts(self) -> tuple[dict[int, str], int]:
        """Return hosts with how they are known, and how many are unknown."""
        rows = query.findings(self.scope).filter(check_id=HOST_CHECK).select_related(None).order_by()
        found = list(rows.values_list("resource_id", "status", "reason"))
        return (
            {number: reason for number, status, reason in found if status == FAILING_STATUS},
            sum(status != FAILING_STATUS for _, status, _ in found),
        )

    def _find_public_groups(self) -> set[str]:
        """Return the target groups that load balancers on the internet lead to."""
        arns = {arn for one in self.by_type[SERVICE] for arn in _target_groups(one.config)}
        if not arns:
            return set()
        groups = {one.arn: _texts(one.config.get("LoadBalancerArns")) for one in self._read(arn__in=sorted(arns))}
        balancers = self._read(arn__in=sorted({arn for each in groups.values() for arn in each}))
        public = {one.arn for one in balancers if one.config.get("Scheme") == "internet-facing"}
        return {arn for arn, behind in groups.items() if public.intersection(behind)}

    def _workloads(self, record: ResourceRecord) -> Iterator[ContainerWorkload]:
        makers = {
            SERVICE: self._of_service,
            TASK_DEFINITION: self._of_definition,
            FUNCTION: self._of_function,
            APP_RUNNER: self._of_app_runner,
            WORKLOAD: self._of_kubernetes,
            INSTANCE: self._of_host,
        }
        make = makers.get(record.type)
        for workload in make(record) if make else ():
            self.ways_of[record.resource_id].add(workload.way)
            yield workload

    def _workload(
        self, record: ResourceRecord, way: WayOfRunning, images: Iterable[UsedImage], **more: Any
    ) -> ContainerWorkload:
        known = tuple(images)
        return ContainerWorkload(
            record.resource_id,
            record.account_id,
            record.account.account_id,
            record.region,
            record.type,
            record.name or record.arn,
            way,
            known,
            **{"units": 1, **more},
            is_unseen=record.unseen_since is not None or not record.account.is_swept,
        )

    def _of_service(self, record: ResourceRecord) -> Iterator[ContainerWorkload]:
        config, running = record.config, record.observed.get("RunningImages")
        definition = self._definition_of(record)
        if definition is not None:
            self.ways_of[definition.resource_id].update(_ways_of_service(config, running))
        for way in sorted(_ways_of_service(config, running)):
            mine = [one for one in _mappings(running) if LAUNCH_TYPES.get(str(one.get("launchType"))) is way]
            images = [_running(one) for one in mine] or _images_of_definition(definition)
            units = max((one.units for one in images), default=0) if mine else 0
            yield self._workload(record, way, images, units=units, is_public=self._is_public_service(config))

    def _definition_of(self, record: ResourceRecord) -> ResourceRecord | None:
        family = record.config.get("taskDefinitionFamily")
        head = record.arn.partition(":service/")[0]
        return self.definitions.get(f"{head}:task-definition/{family}")

    def _is_public_service(self, config: Mapping[str, Any]) -> bool | None:
        network = config.get("networkConfiguration")
        if isinstance(network, Unknown):
            return None
        own = ((network or {}).get("awsvpcConfiguration") or {}).get("assignPublicIp") == "ENABLED"
        return own or bool(self.public_groups.intersection(_target_groups(config)))

    def _of_definition(self, record: ResourceRecord) -> Iterator[ContainerWorkload]:
        """Yield the tasks that no service started."""
        by_way: dict[WayOfRunning, list[UsedImage]] = defaultdict(list)
        for one in _mappings(record.observed.get("RunningImages")):
            by_way[LAUNCH_TYPES.get(str(one.get("launchType")), WayOfRunning.ECS_EC2)].append(_running(one))
        for way, images in by_way.items():
            yield self._workload(record, way, images, units=max(one.units for one in images), is_public=None)

    def _of_function(self, record: ResourceRecord) -> Iterator[ContainerWorkload]:
        config = record.config
        if config.get("PackageType") != "Image":
            return
        digest = config.get("CodeSha256")
        images = [UsedImage(None, f"sha256:{digest}")] if isinstance(digest, str) else []
        urls = config.get("FunctionUrlConfigs")
        is_public = None if isinstance(urls, Unknown) else any(one.get("AuthType") == "NONE" for one in urls or ())
        yield self._workload(record, WayOfRunning.LAMBDA, images, is_public=is_public)

    def _of_app_runner(self, record: ResourceRecord) -> Iterator[ContainerWorkload]:
        source, network = (record.config.get(key) for key in ("SourceConfiguration", "NetworkConfiguration"))
        repository = {} if isinstance(source, Unknown) else (source or {}).get("ImageRepository") or {}
        identifier = repository.get("ImageIdentifier")
        images = [_named(identifier)] if isinstance(identifier, str) else []
        is_public = None
        if not isinstance(network, Unknown):
            is_public = ((network or {}).get("IngressConfiguration") or {}).get("IsPubliclyAccessible") is not False
        yield self._workload(record, WayOfRunning.APP_RUNNER, images, is_public=is_public)

    def _of_kubernetes(self, record: ResourceRecord) -> Iterator[ContainerWorkload]:
        config, running = record.config, record.observed.get("Running")
        cluster = _cluster_arn(record.arn)
        namespace = str((config.get("metadata") or {}).get("namespace") or "")
        way = WayOfRunning.EKS_FARGATE if namespace in self.fargate.get(cluster, ()) else WayOfRunning.EKS_NODES
        pods = running.get("Images") if isinstance(running, Mapping) else None
        images = [
            UsedImage(parse_reference(str(one.get("Image"))), str(one.get("Digest") or ""), int(one.get("Pods") or 0))
            for one in _mappings(pods)
        ]
        pod = pod_of(config)
        declared = [_named(str(each.raw["image"])) for each in pod.containers() if each.raw.get("image")] if pod else []
        is_public = self._is_public_pod(cluster, namespace, pod.metadata.get("labels") if pod else None)
        yield self._workload(record, way, images or declared, is_public=is_public)

    def _find_public_pods(self) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
        """Return what load balancers on the internet select, by namespace."""
        found: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
        for record in self.by_type[KUBERNETES_SERVICE]:
            config = record.config
            spec, metadata = (mapping(config.get(part)) for part in ("spec", "metadata"))
            if spec.get("type") == "LoadBalancer" and _is_on_internet(mapping(metadata.get("annotations"))):
                place = _cluster_arn(record.arn), str(metadata.get("namespace") or "")
                found[place].append(mapping(spec.get("selector")))
        return found

    def _is_public_pod(self, cluster: str, namespace: str, labels: Any) -> bool | None:
        """Return True where a load balancer on the internet selects pods.

        Else it is not known: ingresses are not followed, nor are balancers that people made.
        """
        own = mapping(labels)
        selectors = self.public_pods.get((cluster, namespace), ())
        return True if any(one and one.items() <= own.items() for one in selectors) else None

    def _of_host(self, record: ResourceRecord) -> Iterator[ContainerWorkload]:
        if record.resource_id not in self.hosts:
            return
        is_public = any(_has_public_address(one) for one in configurations(record.config))
        yield self._workload(
            record, WayOfRunning.PLAIN_EC2, (), is_public=is_public, recognized_by=self.hosts[record.resource_id]
        )

    def _fargate_selectors(self) -> dict[str, set[str]]:
        """Return the namespaces whose pods run on Fargate, by the cluster's ARN."""
        found: dict[str, set[str]] = defaultdict(set)
        for record in self.by_type[FARGATE_PROFILE]:
            names = {str(one.get("namespace")) for one in _mappings(record.config.get("selectors"))}
            found[_eks_arn(record)].update(names)
        return found

    def _place_surroundings(self, workloads: Sequence[ContainerWorkload]) -> None:
        """Note in which ways clusters, node groups and the like are."""
        ways_of_cluster: dict[str, set[WayOfRunning]] = defaultdict(set)
        for kind, way in ((NODE_GROUP, WayOfRunning.EKS_NODES), (FARGATE_PROFILE, WayOfRunning.EKS_FARGATE)):
            for record in self.by_type[kind]:
                ways_of_cluster[_eks_arn(record)].add(way)
                self.ways_of[record.resource_id].add(way)
        for record in self.by_type[WORKLOAD]:
            ways_of_cluster[_cluster_arn(record.arn)].update(self.ways_of[record.resource_id])
        for record in self.by_type[SERVICE]:
            cluster = record.config.get("clusterArn")
            if isinstance(cluster, str):
                ways_of_cluster[cluster].update(self.ways_of[record.resource_id])
        for record in self.by_type[EKS_CLUSTER]:
            # A cluster without node groups may have nodes of its own making: they are the customer's as well.
            self.ways_of[record.resource_id].update(ways_of_cluster.get(record.arn) or {WayOfRunning.EKS_NODES})
        for kind in OF_CLUSTER:
            for record in self.by_type[kind]:
                self.ways_of[record.resource_id].update(
                    ways_of_cluster.get(_eks_arn(record)) or {WayOfRunning.EKS_NODES}
                )
        for record in self.by_type[CLUSTER]:
            self.ways_of[record.resource_id].update(ways_of_cluster.get(record.arn, ()))

    def _place_repositories(self, images: Iterable[Image]) -> None:
        for image in images:
            if image.repository is not None:
                self.ways_of[image.repository.resource_id].update(image.ways)

    def _repositories(self) -> Iterator[Repository]:
        for record in self.by_type[REPOSITORY]:
            observed, config = record.observed, record.config
            newest, pulled, count = (observed.get(key) for key in ("NewestImages", "PulledImages", "ImageCount"))
            is_read = isinstance(newest, list)
            kept = [_stored(one) for one in (*_mappings(newest), *_mappings(pulled))]
            mutable = config.get("imageTagMutability")
            yield Repository(
                record.resource_id,
                record.account_id,
                (record.account.account_id, record.region),
                record.name,
                {one.digest: one for one in kept} if is_read else None,
                is_read and isinstance(count, int) and count <= len(kept),
                None if isinstance(mutable, Unknown | None) else not str(mutable).startswith("IMMUTABLE"),
            )

    def _gaps(self) -> tuple[dict[WayOfRunning, int], set[Location]]:
        """Return where workloads could not be listed, and where repositories could not."""
        ways = {
            SERVICE: WayOfRunning.ECS_FARGATE,
            FUNCTION: WayOfRunning.LAMBDA,
            APP_RUNNER: WayOfRunning.APP_RUNNER,
            EKS_CLUSTER: WayOfRunning.EKS_NODES,
        }
        rows = query.gaps(self.scope).filter(blinds=True, resource_type__in=(ANY, *ways, REPOSITORY))
        closed = {(one.account.pk, one.region) for one in query.list_closures(self.scope)}
        blind: dict[WayOfRunning, int] = defaultdict(int)
        unread: set[Location] = {(one.account_id, "") for one in self.scope.accounts if not one.is_swept}
        for pk, region, kind in rows.select_related(None).values_list("account_id", "region", "resource_type"):
            if kind in {ANY, REPOSITORY}:
                account_id = self.scope.by_pk[pk].account_id
                unread.add((account_id, "" if region == ANY else region))
            if kind in ways and (pk, region) not in closed:
                blind[ways[kind]] += 1
        return dict(blind), unread

    def _findings(self) -> list[FindingRow]:
        numbers = [number for number, ways in self.ways_of.items() if ways]
        if not numbers:
            return []
        rows = query.findings(self.scope).filter(resource_id__in=numbers).select_related(None).order_by()
        return [FindingRow(*row) for row in rows.values_list(*FINDING_FIELDS)]


def _target_groups(config: Mapping[str, Any]) -> set[str]:
    return {str(one["targetGroupArn"]) for one in _mappings(config.get("loadBalancers")) if one.get("targetGroupArn")}


def _ways_of_service(config: Mapping[str, Any], running: Any) -> set[WayOfRunning]:
    """Return where a service's tasks run, or would, were there any."""
    found = {LAUNCH_TYPES.get(str(one.get("launchType"))) for one in _mappings(running)} - {None}
    if found:
        return {way for way in found if way is not None}
    providers = [str(one.get("capacityProvider")) for one in _mappings(config.get("capacityProviderStrategy"))]
    launch = providers or [str(config.get("launchType") or "EC2")]
    return {LAUNCH_TYPES.get(one, WayOfRunning.ECS_EC2) for one in launch}


def _images_of_definition(record: ResourceRecord | None) -> list[UsedImage]:
    """Return the images that a task definition names, where no task says what it runs."""
    if record is None:
        return []
    definition = record.config.get("taskDefinition")
    if not isinstance(definition, Mapping):
        return []
    return [_named(str(one["image"])) for one in _mappings(definition.get("containerDefinitions")) if one.get("image")]


def _running(raw: Mapping[str, Any]) -> UsedImage:
    reference = parse_reference(str(raw.get("image")))
    return UsedImage(reference, str(raw.get("imageDigest") or reference.digest), int(raw.get("tasks") or 0))


def _named(text: str) -> UsedImage:
    reference = parse_reference(text)
    return UsedImage(reference, reference.digest)


def _stored(raw: Mapping[str, Any]) -> StoredImage:
    counts = raw.get("findingSeverityCounts")
    return StoredImage(
        str(raw.get("imageDigest")),
        tuple(_texts(raw.get("imageTags"))),
        _moment(raw.get("imagePushedAt")),
        _moment(raw.get("lastRecordedPullTime")),
        str(raw.get("scanStatus") or ""),
        _moment(raw.get("scanCompletedAt")),
        dict(counts) if isinstance(counts, Mapping) else None,
        raw.get("fixes"),
    )


def _is_on_internet(annotations: Mapping[str, Any]) -> bool:
    """Return True if a service's load balancer is on the internet.

    The AWS Load Balancer Controller makes internal ones unless asked; what is built into Kubernetes does the opposite.
    """
    prefix = "service.beta.kubernetes.io/aws-load-balancer-"
    if f"{prefix}scheme" in annotations:
        return bool(annotations[f"{prefix}scheme"] == "internet-facing")
    if str(annotations.get(f"{prefix}internal")).lower() == "true":
        return False
    return annotations.get(f"{prefix}type") not in {"external", "nlb-ip"}


def _has_public_address(config: Mapping[str, Any]) -> bool:
    return any(one.get("Association") for one in _mappings(config.get("NetworkInterfaces")))


def _cluster_arn(arn: str) -> str:
    """Return the ARN of the cluster that an object of Kubernetes is in."""
    return "/".join(arn.split("/", 2)[:2])


def _eks_arn(record: ResourceRecord) -> str:
    """Return the ARN of the cluster that a part of it names."""
    arn = record.arn.split(":", 5)
    return ":".join((*arn[:5], f"cluster/{record.config.get('clusterName')}"))


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """Return the mappings of a list; nothing for what is unknown or odd."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _moment(value: Any) -> datetime | None:
    """Return a moment as AWS wrote it; None where it is absent, refused or odd."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
