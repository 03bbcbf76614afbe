"""The standards that checks serve: titles and order only, as data.

Checks name their controls, never the reverse.

A reference is `framework:control`, as `cis_aws_7:3.1.4`. The files are read once and validated whole;
a fault in them stops the start. Nothing here knows which checks there are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

FIELDS = {"title", "short", "version", "publisher", "url", "membership", "controls"}
CONTROL_FIELDS = {"id", "title", "section", "summary", "judged", "look_at"}
MEMBERSHIP_FIELDS = {"as_of", "outside"}
CONTROL_ID = re.compile(r"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*")


class FrameworkError(ValueError):
    """A framework's file says something that cannot be: the process must not start."""


@dataclass(frozen=True, slots=True)
class Control:
    """One demand of a framework, in this project's words."""

    framework: str
    id: str
    title: str
    order: int
    """Its place in the framework, from 0."""
    section: str = ""
    summary: str = ""
    """What it is about, in one sentence; empty where the title says it all."""
    judged: str = ""
    """What is looked at to judge it, for practices."""
    look_at: str = ""
    """What a person must look at, where no API can answer, or not in full."""
    member: bool = True
    """Whether the publisher counted it to the framework at `Framework.as_of`."""

    @property
    def reference(self) -> str:
        """The name by which checks call it."""
        return f"{self.framework}:{self.id}"

    @property
    def manual(self) -> bool:
        """Whether a person has to look, and can attest what was seen."""
        return bool(self.look_at)


@dataclass(frozen=True, slots=True)
class Framework:
    """A standard and its controls, in the publisher's order."""

    id: str
    title: str
    short: str
    version: str
    publisher: str
    controls: tuple[Control, ...]
    url: str = ""
    as_of: date | None = None
    """The day for which the membership of its controls holds; None where the version fixes it."""

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections in order; empty where the framework has none."""
        return tuple(dict.fromkeys(control.section for control in self.controls if control.section))

    def control(self, control_id: str) -> Control:
        """Return a control by its id; raises LookupError where there is none."""
        for known in self.controls:
            if known.id == control_id:
                return known
        raise LookupError(f"{self.title} has no control {control_id!r}")


@cache
def all_frameworks() -> dict[str, Framework]:
    """Return every framework by its id, the file's name; practices first."""
    found = sorted(
        (file for file in files(__name__).iterdir() if file.name.endswith(".toml")),
        key=lambda file: (file.name != "practices.toml", file.name),
    )
    loaded = [load(file.name.removesuffix(".toml"), file.read_text(encoding="utf-8")) for file in found]
    return {framework.id: framework for framework in loaded}


@cache
def control(reference: str) -> Control:
    """Return a control by `framework:id`; raises LookupError with what is wrong."""
    framework_id, _, control_id = reference.partition(":")
    framework = all_frameworks().get(framework_id)
    if framework is None:
        raise LookupError(f"{reference!r} names no known framework: write one of {', '.join(all_frameworks())}")
    return framework.control(control_id)


def load(framework_id: str, text: str) -> Framework:
    """Read a framework from TOML; raises FrameworkError with the file and the fault."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FrameworkError(f"{framework_id}.toml is no TOML: {error}") from error
    _only(framework_id, tree, FIELDS)
    membership = tree.get("membership", {})
    _only(f"{framework_id} membership", membership, MEMBERSHIP_FIELDS)
    outside = frozenset(membership.get("outside", ()))
    controls = tuple(_control(framework_id, order, raw, outside) for order, raw in enumerate(tree.get("controls", ())))
    _consistent(framework_id, controls, outside)
    return Framework(
        id=framework_id,
        title=_text(framework_id, tree, "title"),
        short=_text(framework_id, tree, "short"),
        version=_text(framework_id, tree, "version"),
        publisher=_text(framework_id, tree, "publisher"),
        controls=controls,
        url=tree.get("url", ""),
        as_of=membership.get("as_of"),
    )


def _control(framework_id: str, order: int, raw: Mapping[str, Any], outside: frozenset[str]) -> Control:
    control_id = _text(framework_id, raw, "id")
    place = f"{framework_id}:{control_id}"
    _only(place, raw, CONTROL_FIELDS)
    if not CONTROL_ID.fullmatch(control_id):
        raise FrameworkError(f"{place}: an id is words and numbers with dots between them")
    _text(place, raw, "title")
    return Control(framework=framework_id, order=order, member=control_id not in outside, **raw)


def _consistent(framework_id: str, controls: tuple[Control, ...], outside: frozenset[str]) -> None:
    ids = [known.id for known in controls]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise FrameworkError(f"{framework_id}.toml has these controls twice: {', '.join(twice)}")
    if not ids:
        raise FrameworkError(f"{framework_id}.toml has no controls")
    strange = sorted(outside - set(ids))
    if strange:
        raise FrameworkError(f"{framework_id}.toml leaves out controls that it does not have: {', '.join(strange)}")


def _only(place: str, raw: Mapping[str, Any], allowed: set[str]) -> None:
    strange = sorted(set(raw) - allowed)
    if strange:
        raise FrameworkError(f"{place}: unknown {', '.join(strange)}; write one of {', '.join(sorted(allowed))}")


def _text(place: str, raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise FrameworkError(f"{place}: {key} must be a text, and is {value!r}")
    return value
