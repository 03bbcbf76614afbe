"""The kinds of declared resources, one function each that creates them.

A kind's function gets the settings as they should be and as they were; it creates or changes what is needed, by the
AWS API where moto has it, else on the overlay's shelves. It may run again after a crash: it must not mind what exists.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import Name

Make = Callable[[Builder, Name, dict[str, Any], dict[str, Any]], None]
Remove = Callable[[Builder, Name, dict[str, Any]], None]


@dataclass(frozen=True)
class Kind:
    """`order` says what must exist before: lower comes first."""

    name: str
    order: int
    make: Make


kinds: dict[str, Kind] = {}
removals: dict[str, Remove] = {}


def kind(name: str, order: int) -> Callable[[Make], Make]:
    """Register the function that makes a kind of thing.

    Called with builder, name, settings now, settings before.
    """

    def register(make: Make) -> Make:
        kinds[name] = Kind(name, order, make)
        return make

    return register


def removal(name: str) -> Callable[[Remove], Remove]:
    """Register the function that takes a kind of thing away."""

    def register(remove: Remove) -> Remove:
        removals[name] = remove
        return remove

    return register


def load() -> None:
    """Import every module of kinds."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)


def tags_of(settings: dict[str, Any], label: str = "") -> list[dict[str, str]]:
    """Return AWS's list of tags: what the settings say, and a Name."""
    tags = {**({"Name": label} if label else {}), **settings.get("tags", {})}
    return [{"Key": key, "Value": str(value)} for key, value in tags.items() if value]
