"""Join images with what runs them and what their scans found. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Any

from posture.core.values import Unknown
from posture.pages.containers.references import REGISTRY_NAMES, ImageReference, Registry, short_digest
from posture.pages.containers.ways import WayOfRunning

STALE_AFTER = timedelta(days=30)
"""The age from which a scan says little: new vulnerabilities are found every day."""
CONTINUOUS = "ACTIVE"
"""The status of images that Inspector goes on scanning."""
PENDING = {"IN_PROGRESS", "PENDING"}
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
ID_LENGTH = 24
NAMED = 2
"""Workloads of an image that are named in a line."""

Location = tuple[str, str]
"""An account id and a region."""


class ImageState(StrEnum):
    """What is known of an image that runs; the worst first."""

    FIXABLE = "fixable"
    CRITICAL = "critical"
    GONE = "gone"
    NEVER = "never"
    STALE = "stale"
    UNSEEN = "unseen"
    CLEAN = "clean"


STATE_NAMES: Mapping[ImageState, str] = {
    ImageState.FIXABLE: "Critical, fixable",
    ImageState.CRITICAL: "Critical, no fix known",
    ImageState.GONE: "Gone from its registry",
    ImageState.NEVER: "Never scanned",
    ImageState.STALE: "Scan over 30 days old",
    ImageState.UNSEEN: "Not seen",
    ImageState.CLEAN: "Scanned, none critical",
}
STATE_ORDER = tuple(ImageState)


@dataclass(frozen=True, slots=True)
class UsedImage:
    """An image as a workload names it, its digest if known, and how many units run it."""

    reference: ImageReference | None
    """None where only the digest is known."""
    digest: str
    units: int = 1


@dataclass(frozen=True, slots=True)
class ContainerWorkload:
    """What runs containers: a service, a function, a host, and the like."""

    resource_id: int
    account_pk: int
    account_id: str
    region: str
    type: str
    name: str
    way: WayOfRunning
    images: tuple[UsedImage, ...]
    units: int
    is_public: bool | None
    """Whether the internet reaches it; None where that is not known."""
    is_unseen: bool = False
    recognized_by: str = ""
    """How a host was recognised as one of containers."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """What a repository says of one of its images."""

    digest: str
    tags: tuple[str, ...]
    pushed_at: datetime | None
    pulled_at: datetime | None
    status: str
    scanned_at: datetime | None
    counts: Mapping[str, int] | None
    fixes: Mapping[str, Any] | Unknown | None

    @property
    def critical(self) -> int:
        """How many critical vulnerabilities its scan counted."""
        return (self.counts or {}).get("CRITICAL", 0)

    @property
    def fixable(self) -> int | None:
        """How many of them have a fix; None where that is not known."""
        return None if self.fixes is None or isinstance(self.fixes, Unknown) else int(self.fixes.get("critical", 0))

    @property
    def packages(self) -> list[tuple[str, str, str]]:
        """The packages that cure it: name, installed version, fixed version."""
        if self.fixes is None or isinstance(self.fixes, Unknown):
            return []
        found = self.fixes.get("packages") or ()
        return [(str(one[0]), str(one[1]), str(one[2])) for one in found if len(one) == 3]  # noqa: PLR2004 - as kept

    @property
    def by(self) -> str:
        """Who scanned it."""
        return "Inspector" if self.status == CONTINUOUS or self.fixes is not None else "ECR"


@dataclass(frozen=True)
class Repository:
    """A repository of ECR with what is known of its images."""

    resource_id: int
    account_pk: int
    location: Location
    name: str
    images: Mapping[str, StoredImage] | None
    """By digest; None where they could not be read."""
    is_whole: bool
    """Whether all of its images are among them."""
    has_mutable_tags: bool | None

    @cached_property
    def by_tag(self) -> Mapping[str, StoredImage]:
        """Its images by tag."""
        return {tag: image for image in (self.images or {}).values() for tag in image.tags}


@dataclass(slots=True)
class Image:
    """An image that runs, its scan, and what runs it."""

    key: str
    digest: str
    references: set[ImageReference]
    uses: list[tuple[ContainerWorkload, int]] = field(default_factory=list)
    repository: Repository | None = None
    stored: StoredImage | None = None
    state: ImageState = ImageState.UNSEEN
    reason: str = ""

    @property
    def id(self) -> str:
        """Its name in URLs."""
        return sha256(self.key.encode()).hexdigest()[:ID_LENGTH]

    @property
    def reference(self) -> ImageReference | None:
        """The name that most of what runs it uses; None where only the digest is known."""
        return min(self.references, key=lambda one: (one.is_by_tag is False, one.name), default=None)

    @property
    def name(self) -> str:
        """What people call it."""
        if self.reference is not None:
            return self.reference.name
        if self.repository is not None and self.stored is not None:
            tag = self.stored.tags[0] if self.stored.tags else ""
            return f"{self.repository.name}:{tag}" if tag else f"{self.repository.name}@{short_digest(self.digest)}"
        return short_digest(self.digest)

    @property
    def units(self) -> int:
        """How many tasks, functions and pods run it."""
        return sum(units for _, units in self.uses)

    @property
    def workloads(self) -> list[ContainerWorkload]:
        """What runs it."""
        return [workload for workload, _ in self.uses]

    @property
    def users(self) -> str:
        """What runs it, in words."""
        names = sorted({workload.name for workload in self.workloads})
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        return f"{', '.join(names[:NAMED])}{more}"

    @property
    def ways(self) -> set[WayOfRunning]:
        """The ways in which it runs."""
        return {workload.way for workload in self.workloads}

    @property
    def way(self) -> WayOfRunning:
        """The way in which it counts: the most exposed, then the most yours."""
        return max(self.workloads, key=lambda one: (one.is_public is True, list(WayOfRunning).index(one.way))).way

    @property
    def is_public(self) -> bool:
        """Return True if the internet reaches anything that runs it."""
        return any(workload.is_public for workload in self.workloads)

    @property
    def is_from_public_registry(self) -> bool:
        """Return True if anyone may pull what it is named by."""
        return any(one.is_public for one in self.references)

    @property
    def is_by_mutable_tag(self) -> bool:
        """Return True if a push may change what its name means."""
        fixed = self.repository is not None and self.repository.has_mutable_tags is False
        return not fixed and any(one.is_by_tag for one in self.references)

    @property
    def pulls_across_accounts(self) -> bool:
        """Return True if another account than its registry's runs it."""
        home = self.repository.location[0] if self.repository else ""
        homes = {home} if home else {one.location[0] for one in self.references if one.location[0]}
        return bool(homes) and any(workload.account_id not in homes for workload in self.workloads)

    @property
    def registry(self) -> str:
        """Whose registry it comes from, in words."""
        if self.repository is not None:
            return REGISTRY_NAMES[Registry.ECR]
        return REGISTRY_NAMES[self.reference.registry] if self.reference else "unknown"

    @property
    def order(self) -> tuple[Any, ...]:
        """The sort key: what the internet reaches and can be fixed comes first."""
        critical = self.stored.critical if self.stored else 0
        return (STATE_ORDER.index(self.state), not self.is_public, -critical, -self.units, self.name)


class Registries:
    """The repositories of a scope, by digest and by name."""

    def __init__(
        self, repositories: Iterable[Repository], accounts: Collection[str], blind: Collection[Location]
    ) -> None:
        self.accounts, self.blind = accounts, blind
        self.by_name: dict[tuple[Location, str], Repository] = {}
        self.by_digest: dict[str, list[Repository]] = defaultdict(list)
        for one in repositories:
            self.by_name[one.location, one.name] = one
            for digest in one.images or ():
                self.by_digest[digest].append(one)

    def named(self, references: Iterable[ImageReference]) -> Repository | None:
        """Return the repository that a reference names; None where none is known."""
        found = (self.by_name.get((one.location, one.repository)) for one in references)
        return next((one for one in found if one is not None), None)

    def is_deleted(self, reference: ImageReference) -> bool:
        """Return True if its repository would be known, were there one."""
        account_id, region = reference.location
        return account_id in self.accounts and not {(account_id, region), (account_id, "")} & set(self.blind)


def join_images(workloads: Iterable[ContainerWorkload], registries: Registries, now: datetime) -> list[Image]:
    """Return the images that run, the worst first."""
    found: dict[str, Image] = {}
    for workload in workloads:
        for running in workload.images:
            digest = running.digest or _digest_by_tag(running.reference, registries)
            key = digest or _name(running.reference)
            image = found.setdefault(key, Image(key, digest, set()))
            if running.reference is not None:
                image.references.add(running.reference)
            image.uses.append((workload, running.units))
    for image in found.values():
        _look_up(image, registries)
        image.state, image.reason = _judge(image, registries, now)
    return sorted(found.values(), key=lambda one: one.order)


def _name(reference: ImageReference | None) -> str:
    return f"{reference.host}/{reference.repository}:{reference.tag}" if reference else "unknown"


def _digest_by_tag(reference: ImageReference | None, registries: Registries) -> str:
    """Return the digest that a tag means today, where nothing says what it meant."""
    if reference is None:
        return ""
    if reference.digest:
        return reference.digest
    repository = registries.by_name.get((reference.location, reference.repository))
    stored = repository.by_tag.get(reference.tag or "latest") if repository else None
    return stored.digest if stored else ""


def _look_up(image: Image, registries: Registries) -> None:
    named = registries.named(image.references)
    known = registries.by_digest.get(image.digest, []) if image.digest else []
    image.repository = named if named in known or not known else known[0]
    if image.repository is not None and image.repository.images is not None:
        image.stored = image.repository.images.get(image.digest)


def _judge(image: Image, registries: Registries, now: datetime) -> tuple[ImageState, str]:
    """Return what is known of an image, with the reason in a sentence."""
    if image.stored is not None:
        return _judge_scan(image.stored, now)
    if image.repository is not None:
        return _judge_missing(image, image.repository)
    return _judge_elsewhere(image.reference, registries)


def _judge_missing(image: Image, repository: Repository) -> tuple[ImageState, str]:
    if repository.images is None:
        return ImageState.UNSEEN, "The images of its repository could not be read."
    if image.digest and repository.is_whole:
        return ImageState.GONE, "It runs, and its repository has it no more: it cannot be started again."
    return ImageState.UNSEEN, "It is not among the images that are kept of its repository."


def _judge_elsewhere(reference: ImageReference | None, registries: Registries) -> tuple[ImageState, str]:
    if reference is None:
        return ImageState.UNSEEN, "No repository that could be read has it."
    if reference.registry is not Registry.ECR:
        return ImageState.UNSEEN, f"It comes from {REGISTRY_NAMES[reference.registry]}, which no AWS tool scans."
    if registries.is_deleted(reference):
        return ImageState.GONE, "It runs, and its repository is gone: it cannot be started again."
    return ImageState.UNSEEN, f"Its repository, in account {reference.location[0]}, could not be read."


def _judge_scan(stored: StoredImage, now: datetime) -> tuple[ImageState, str]:
    if stored.status in PENDING:
        return ImageState.UNSEEN, "Its scan is under way."
    if stored.counts is None:
        why = f"Its last scan ended as {stored.status}." if stored.status else "Nothing has ever scanned it."
        return ImageState.NEVER, why
    if stored.critical:
        counted = f"Its scan counted {stored.critical} critical"
        if stored.fixable:
            return ImageState.FIXABLE, f"{counted}, {stored.fixable} of them fixable."
        fix = "what fixes them is not known" if stored.fixable is None else "none has a fix yet"
        return ImageState.CRITICAL, f"{counted}; {fix}."
    if stored.status != CONTINUOUS and (stored.scanned_at is None or now - stored.scanned_at > STALE_AFTER):
        return ImageState.STALE, "Its last scan is more than 30 days old: what was found since is not in it."
    return ImageState.CLEAN, "Its scan found nothing critical."


def images_by_way(images: Sequence[Image]) -> Mapping[WayOfRunning, list[Image]]:
    """Return the images that run in each way."""
    found: dict[WayOfRunning, list[Image]] = defaultdict(list)
    for image in images:
        for way in image.ways:
            found[way].append(image)
    return found


def facts_of(image: Image) -> Iterator[str]:
    """Yield what else is to know of an image."""
    if image.is_public:
        yield "internet-facing"
    if image.is_from_public_registry:
        yield "public registry"
    if image.is_by_mutable_tag:
        yield "mutable tag"
    if image.pulls_across_accounts:
        yield "pulled from another account"
