"""Evidence paths, as `IpPermissions[0].IpRanges[1].CidrIp`: what they lead to.

A path leads into the configuration, or says first that it leads elsewhere: `observed.State`, `tags.Owner`, or `tags`
for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

OBSERVED, TAGS = "observed.", "tags."


class Part(StrEnum):
    """What of a resource a path leads into."""

    CONFIG = "config"
    OBSERVED = "observed"
    TAGS = "tags"


def part_of(path: str) -> tuple[Part, str]:
    """Return what a path leads into, and the path in there; of all tags it is `tags`."""
    if path.startswith(OBSERVED):
        return Part.OBSERVED, path.removeprefix(OBSERVED)
    if path.startswith(TAGS) or path == "tags":
        return Part.TAGS, path.removeprefix(TAGS)
    return Part.CONFIG, path


def by_part(paths: Iterable[str]) -> dict[Part, list[str]]:
    """Return the paths into each part; a part that none leads into has none."""
    found: dict[Part, list[str]] = {part: [] for part in Part}
    for path in paths:
        part, inner = part_of(path)
        found[part].append(inner)
    return found


def ancestors(path: str) -> Iterator[str]:
    """Yield every path that a path is within, from the outermost to itself.

    So a look into a set answers for all of them.
    """
    for place, character in enumerate(path):
        if character in ".[":
            yield path[:place]
    yield path


def below(path: str, name: str) -> str:
    """Return the path of a field of what is at a path."""
    return f"{path}.{name}" if path else name
