"""The estate by way of running: what runs, whose each layer is, and its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest

from posture.checks import all_checks
from posture.core.check import Check
from posture.core.outcome import Severity
from posture.pages.containers.queries import WORKLOAD, Estate, FindingRow
from posture.pages.containers.usage import Image, ImageState, images_by_way
from posture.pages.containers.ways import (
    LAYER_NAMES,
    WAYS,
    LayerId,
    LayerOwner,
    WayFacts,
    WayOfRunning,
    layer_of,
)
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

IMAGES = "containers:images"
OPAQUE = {
    WayOfRunning.PLAIN_EC2: (LayerId.APPLICATION, LayerId.IMAGE, LayerId.WORKLOAD, LayerId.AGENT),
}
"""Layers that nothing in AWS shows."""
INSIDE = (LayerId.APPLICATION, LayerId.IMAGE, LayerId.WORKLOAD)
"""Layers of EKS that only the cluster's own API shows."""
OF_EKS = {WayOfRunning.EKS_NODES, WayOfRunning.EKS_FARGATE}
OF_NEWEST = {"ecr_repository_newest_image_not_critical", "ecr_repository_newest_image_scanned"}
"""Checks of what was pushed last, which need not be what runs: images are judged by themselves here."""
IMAGE_FAULTS = (ImageState.GONE, ImageState.NEVER, ImageState.STALE)
APPLICATION_FAULTS = (ImageState.FIXABLE, ImageState.CRITICAL)
IMAGE_WORDS: Mapping[ImageState, str] = {
    ImageState.FIXABLE: "critical, fixable",
    ImageState.CRITICAL: "critical, no fix known",
    ImageState.GONE: "gone from the registry",
    ImageState.NEVER: "never scanned",
    ImageState.STALE: "with an old scan",
}
STATE_WORDS = {
    "aws": "AWS's",
    "fail": "not met",
    "lesser": "not met, nothing critical or high",
    "unknown": "could not be seen",
    "met": "met",
    "unjudged": "no check looks at it",
}


@dataclass(frozen=True, slots=True)
class EstateCell:
    """A layer in a way of running: whose it is, its state, and the worst fact."""

    layer: LayerId
    owner: LayerOwner
    state: str
    """aws, fail, lesser, unknown, met or unjudged."""
    fact: str = ""
    url: str = ""
    is_shore: bool = False
    """Whether what AWS does begins here."""

    @property
    def is_yours(self) -> bool:
        """Return True if it is the customer's, at least in part."""
        return self.owner is not LayerOwner.AWS

    @property
    def is_unmet(self) -> bool:
        """Return True if a check or an image fails in it."""
        return self.state in {"fail", "lesser"}

    @property
    def words(self) -> str:
        """Return its state in words."""
        words = STATE_WORDS[self.state]
        return f"shared, {words}" if self.owner is LayerOwner.SHARED else words

    @property
    def shown(self) -> str:
        """What is printed in it: the worst fact, or why there is none."""
        return self.fact or {"unjudged": "no check", "unknown": "not seen"}.get(self.state, "")

    @property
    def title(self) -> str:
        """What hovering shows."""
        return self.fact or self.words

    @property
    def name(self) -> str:
        """The layer's name."""
        return LAYER_NAMES[self.layer][0]


@dataclass(frozen=True, slots=True)
class EstateColumn:
    """A way of running with its figures and layers."""

    way: WayOfRunning
    facts: WayFacts
    units: int
    images: int
    failing: int
    critical: int
    cells: Sequence[EstateCell]
    blind: int
    images_url: str

    @property
    def yours(self) -> list[EstateCell]:
        """The layers that are the customer's and that something judges."""
        return [cell for cell in self.cells if cell.is_yours and cell.state != "unjudged"]

    @property
    def unmet(self) -> int:
        """How many of them are not met."""
        return sum(cell.is_unmet for cell in self.yours)

    @property
    def unknown(self) -> int:
        """How many of them could not be seen."""
        return sum(cell.state == "unknown" for cell in self.yours)

    @property
    def share(self) -> float:
        """The part of them that is not met."""
        return self.unmet / len(self.yours) if self.yours else 0.0


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer over all ways."""

    name: str
    about: str
    cells: Sequence[EstateCell]


def columns(request: HttpRequest, estate: Estate) -> list[EstateColumn]:
    """Return the ways in use, in the order of growing duty."""
    by_way = images_by_way(estate.images)
    rows = _rows_by_way(estate)
    return [_column(request, estate, way, by_way.get(way, []), rows.get(way, [])) for way in estate.ways]


def layer_rows(found: Sequence[EstateColumn]) -> list[LayerRow]:
    """Return the layers from the top down, each with a cell for each way."""
    return [
        LayerRow(*LAYER_NAMES[layer], [column.cells[place] for column in found]) for place, layer in enumerate(LayerId)
    ]


def _rows_by_way(estate: Estate) -> dict[WayOfRunning, list[FindingRow]]:
    found: dict[WayOfRunning, list[FindingRow]] = defaultdict(list)
    for row in estate.findings:
        for way in estate.ways_of.get(row.resource_id, ()):
            found[way].append(row)
    return found


def _column(
    request: HttpRequest, estate: Estate, way: WayOfRunning, images: Sequence[Image], rows: Sequence[FindingRow]
) -> EstateColumn:
    reader = _CellReader(request, estate, way, images, rows)
    failing = [row for row in rows if row.fails]
    return EstateColumn(
        way,
        WAYS[way],
        sum(one.units for one in estate.of(way)),
        len(images),
        len(failing),
        sum(row.severity == Severity.CRITICAL for row in failing),
        _mark_shore([reader.cell(layer) for layer in LayerId]),
        estate.blind.get(way, 0),
        url_in_scope(request, IMAGES, None, way=way.value),
    )


def _mark_shore(cells: Sequence[EstateCell]) -> list[EstateCell]:
    """Return a column's cells, the first of AWS's marked."""
    first = next((place for place, cell in enumerate(cells) if not cell.is_yours), len(cells))
    return [replace(cell, is_shore=place == first) for place, cell in enumerate(cells)]


class _CellReader:
    """Judges the layers of one way."""

    def __init__(
        self,
        request: HttpRequest,
        estate: Estate,
        way: WayOfRunning,
        images: Sequence[Image],
        rows: Sequence[FindingRow],
    ) -> None:
        self.request, self.way, self.images = request, way, images
        self.types = estate.types.get(way, set())
        self.by_layer: dict[LayerId, list[FindingRow]] = defaultdict(list)
        for row in (row for row in rows if row.check_id not in OF_NEWEST):
            self.by_layer[layer_of(row.check_id, row.resource_type, way)].append(row)

    def cell(self, layer: LayerId) -> EstateCell:
        """Return a layer's cell."""
        owner = WAYS[self.way].owner(layer)
        if owner is LayerOwner.AWS:
            return EstateCell(layer, owner, "aws")
        if hidden := self._hidden(layer):
            return EstateCell(layer, owner, "unknown", hidden)
        return self._of_images(layer, owner) or self._of_findings(layer, owner)

    def _hidden(self, layer: LayerId) -> str:
        """Return why nothing of a layer can be seen; empty where it can."""
        if not self.types:
            return "could not be listed"
        if layer in OPAQUE.get(self.way, ()):
            return "not seen from AWS"
        if self.way in OF_EKS and layer in INSIDE and WORKLOAD not in self.types:
            return "not read inside"
        return ""

    def _of_images(self, layer: LayerId, owner: LayerOwner) -> EstateCell | None:
        """Return the cell that the images decide; None where findings do."""
        faults = {LayerId.APPLICATION: APPLICATION_FAULTS, LayerId.IMAGE: IMAGE_FAULTS}.get(layer)
        if faults is None:
            return None
        for state in faults:
            worst = [image for image in self.images if image.state is state]
            if worst:
                fact = f"{figure(len(worst))} {IMAGE_WORDS[state]}"
                url = url_in_scope(self.request, IMAGES, None, way=self.way.value, state=state.value)
                return EstateCell(layer, owner, "lesser" if state is ImageState.STALE else "fail", fact, url)
        if any(row.fails for row in self.by_layer[layer]):
            return None
        unseen = [image for image in self.images if image.state is ImageState.UNSEEN]
        if unseen or not self.images:
            fact = f"{figure(len(unseen))} of {figure(len(self.images))} not seen" if unseen else ""
            url = url_in_scope(self.request, IMAGES, None, way=self.way.value, state=ImageState.UNSEEN.value)
            return EstateCell(layer, owner, "unknown", fact, url if unseen else "")
        return None

    def _of_findings(self, layer: LayerId, owner: LayerOwner) -> EstateCell:
        rows = self.by_layer[layer]
        failing = [row for row in rows if row.fails]
        if failing:
            worst = max(failing, key=lambda row: row.severity)
            state = "fail" if worst.severity >= Severity.HIGH else "lesser"
            return EstateCell(layer, owner, state, _fact(failing, worst), self._url(failing, "fail"))
        unknown = [row for row in rows if row.status == "unknown"]
        if unknown:
            return EstateCell(layer, owner, "unknown", "", self._url(unknown, "unknown"))
        judged = self.images if layer in {LayerId.APPLICATION, LayerId.IMAGE} else self._has_check(layer)
        return EstateCell(layer, owner, "met" if judged else "unjudged")

    def _url(self, rows: Iterable[FindingRow], status: str) -> str:
        ids = sorted({row.check_id for row in rows})
        return url_in_scope(self.request, "findings:list", None, check=ids, status=status)

    def _has_check(self, layer: LayerId) -> bool:
        return any(
            check.resource_type in self.types and layer_of(check.id, check.resource_type, self.way) is layer
            for check in all_checks().values()
        )


def _fact(failing: Sequence[FindingRow], worst: FindingRow) -> str:
    known: Check | None = all_checks().get(worst.check_id)
    problem = known.problem if known else worst.check_id
    others = len({row.check_id for row in failing}) - 1
    return f"{problem}, +{figure(others)} more" if others else problem


def heading(estate: Estate) -> str:
    """Return the worst of what runs: critical, fixable, and reached by the internet."""
    images = estate.images
    fixable = [one for one in images if one.state is ImageState.FIXABLE]
    exposed = [one for one in fixable if one.is_public]
    if exposed:
        more = f", as in {plural(len(exposed) - 1, 'other image')}" if len(exposed) > 1 else ""
        return f"A fixable critical runs in {exposed[0].name}, and the internet reaches it{more}"
    if fixable:
        return f"A fixable critical runs in {fixable[0].name}" if len(fixable) == 1 else _count(fixable, "fixable")
    for state in (ImageState.CRITICAL, ImageState.GONE, ImageState.NEVER, ImageState.STALE):
        found = [one for one in images if one.state is state]
        if found:
            return _count(found, IMAGE_WORDS[state])
    if not estate.ways:
        return "No containers run here"
    unseen = sum(one.state is ImageState.UNSEEN for one in images)
    if unseen or not images:
        return f"{plural(unseen, 'running image')} could not be seen" if unseen else "Containers"
    return f"{plural(len(images), 'running image')}, all scanned; none has a critical"


def _count(found: Sequence[Image], words: str) -> str:
    if words == "fixable":
        return f"Fixable criticals run in {plural(len(found), 'image')}"
    number = len(found)
    return f"{plural(number, 'running image')} {'is' if number == 1 else 'are'} {words}"


def estate_title(found: Sequence[EstateColumn]) -> str:
    """Return the point of the table: the ways with the most of your layers unmet."""
    worst = sorted((one for one in found if one.unmet), key=lambda one: (-one.share, -one.unmet))[:2]
    if not worst:
        return f"Every layer of yours that was seen is met in {plural(len(found), 'way')} of running"
    if len(worst) == len(found) == 1:
        return f"{worst[0].unmet} of your {len(worst[0].yours)} layers are not met in {worst[0].facts.name}"
    if len(worst) == 1:
        return f"{worst[0].facts.name} is the only way of running with unmet layers of yours"
    return f"{' and '.join(one.facts.name for one in worst)} leave most of your layers unmet"
