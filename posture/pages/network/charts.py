"""The charts of a VPC's page, with their titles."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from posture.drawing.vpc import draw as draw_vpc
from posture.history.query import ResourceRecord
from posture.pages.network.inbound_sources import Reach, Sources
from posture.pages.network.interface_kinds import instance_arn
from posture.pages.network.path_groups import PathGroup, group_paths
from posture.pages.network.reachability import PathState
from posture.pages.network.reachability_history import StateSince
from posture.pages.network.vpc_analysis import VpcAnalysis
from posture.pages.network.vpc_drawing import UrlOf, vpc_drawing
from posture.web.pictures import Panel, PanelValue
from posture.web.templatetags.words import figure, joined, plural

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NAMED_MAX = 10
"""Interfaces that a row of the table names."""
LISTED_MAX = 100
"""Ways that the table lists."""
STATES = {PathState.OPEN: "open", PathState.UNKNOWN: "may be open", PathState.REFUSED: "refused"}


@dataclass(frozen=True, slots=True)
class PathRow:
    """A group of inbound paths in the table, with links to its interfaces."""

    path: PathGroup
    interfaces: Sequence[tuple[str, str]]
    """Names with the URLs of their pages."""
    more: int


@dataclass(frozen=True, slots=True)
class VpcChart:
    """The chart of a VPC, and its inbound paths as the page lists them."""

    panel: Panel
    rows: Sequence[PathRow]
    more: int


def list_title(analyses: Sequence[VpcAnalysis], number: int, *, is_filtered: bool) -> str:
    """Return the title of the list: VPCs, and those reached if all are on the page."""
    noun = "VPC that matches" if number == 1 else "VPCs that match"
    vpcs = f"{figure(number)} {noun}" if is_filtered else plural(number, "VPC")
    if not analyses or len(analyses) < number:
        return vpcs
    reached = sum(bool(one.open_paths) for one in analyses)
    unknown = sum(not one.open_paths and bool(one.possible_paths or one.unseen) for one in analyses)
    if not reached:
        return (
            f"{vpcs}, {figure(unknown)} of them not fully read" if unknown else f"The internet reaches none of {vpcs}"
        )
    more = f", and may reach {figure(unknown)} more" if unknown else ""
    return f"The internet reaches {figure(reached)} of {vpcs}{more}"


def heading(analysis: VpcAnalysis, name: str) -> str:
    """Return what the internet reaches in a VPC."""
    certain, perhaps = len(analysis.open_paths), len(analysis.possible_paths)
    if certain:
        more = f", and perhaps {figure(perhaps)} more" if perhaps else ""
        return f"The internet reaches {plural(certain, 'interface')} in {name}{more}"
    if perhaps:
        return f"The internet may reach {plural(perhaps, 'interface')} in {name}"
    if analysis.unseen:
        return f"What reaches {name} from the internet is unknown"
    return f"The internet reaches nothing in {name}"


def title(found: Sequence[PathGroup], analysis: VpcAnalysis, name: str) -> str:
    """Return the title: how many inbound paths are open, refused and unknown."""
    counts = {state: sum(path.state is state for path in found) for state in PathState}
    if not counts[PathState.OPEN] and not counts[PathState.UNKNOWN]:
        return _closed_title(len(found), analysis)
    parts: list[str] = []
    for state, words in ((PathState.OPEN, "open"), (PathState.REFUSED, "refused"), (PathState.UNKNOWN, "not read")):
        if number := counts[state]:
            verb = "could" if words == "not read" else "is" if number == 1 else "are"
            noun = "" if parts else " inbound path" if number == 1 else " inbound paths"
            end = "not be read" if words == "not read" else words
            parts.append(f"{_number(number)}{noun} {verb} {end}")
    sentence = ", ".join(parts)
    return sentence[0].upper() + sentence[1:]


def _closed_title(number: int, analysis: VpcAnalysis) -> str:
    """Return the title if no path is or may be open."""
    if number:
        return f"{plural(number, 'inbound path')}, {'refused' if number == 1 else 'all refused'}"
    return "Inbound paths are unknown" if analysis.unseen else "No interface has a public address"


def _number(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else figure(number)


def vpc_chart(
    record: ResourceRecord,
    analysis: VpcAnalysis,
    links: Sequence[ResourceRecord],
    unlisted: Collection[str],
    url_of: UrlOf,
    names: Mapping[str, str],
    known_since: Mapping[str, StateSince],
) -> VpcChart:
    """Return a VPC's chart; `unlisted` are types of `links` that could not be listed."""
    found = group_paths(analysis.paths, names, known_since)
    words = title(found, analysis, record.name)
    panel = Panel(
        words,
        "Table",
        "#paths",
        draw_vpc(vpc_drawing(record, analysis, found, links, unlisted, url_of), words),
        ("Inbound path", "From", "To", "Interfaces", "Decided by", "Since", "State"),
        [_row(path) for path in found],
        id="inbound",
        about=record.name,
    )
    rows = [_table_row(path, url_of) for path in found[:LISTED_MAX]]
    return VpcChart(panel, rows, max(0, len(found) - LISTED_MAX))


def _row(path: PathGroup) -> Sequence[PanelValue]:
    return path.ports, path.source, path.target, path.number, path.decision, path.since_words, STATES[path.state]


def sources_title(reaching: Sources) -> str:
    """Return the title: how many sources outside the VPC can reach it."""
    if reaching.unread:
        return "Other sources are unknown"
    unknown = sum(one.reach is Reach.UNKNOWN for one in reaching.found)
    more = f", and {plural(unknown, 'rule')} could not be followed" if unknown else ""
    others = reaching.others
    if not others:
        return f"No source other than the internet can reach it{more}"
    through = list(dict.fromkeys(one.through for one in others))
    return f"{plural(len({one.source for one in others}), 'other source')} can reach it through {joined(through)}{more}"


def arns(analysis: VpcAnalysis) -> list[str]:
    """Return the ARNs of the resources that the chart may link to."""
    return [one.subnet.arn for one in analysis.subnets] + [
        interface.population or interface.arn for interface in analysis.interfaces or ()
    ]


def instances(analysis: VpcAnalysis) -> set[str]:
    """Return the ARNs of the instances that paths lead to."""
    return {arn for path in analysis.paths if (arn := instance_arn(path.interface))}


def _table_row(path: PathGroup, url_of: UrlOf) -> PathRow:
    shown = path.paths[:NAMED_MAX]
    return PathRow(
        path, [(one.interface.name, url_of(one.inventory_arn)) for one in shown], len(path.paths) - len(shown)
    )
