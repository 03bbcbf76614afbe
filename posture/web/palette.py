"""The palette: one search over all that a person can open or do, from any page.

Each area adds what it has in a module `palette.py` of its own, which Django finds by its name:

    @source("account", "Accounts")
    class Accounts:
        def find(self, request: HttpRequest, text: str) -> Iterable[Entry]: ...
        def load(self, request: HttpRequest, ids: Sequence[str]) -> Iterable[Entry]: ...

Sources read through the scope of the request, so that nobody is offered what they could not open. What a person opened
is remembered by its key alone and read again through the scope: what they may no longer see is no longer offered, and
nothing about an estate stays in a browser after logging out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol, TypeVar

from django.http import HttpRequest
from django.utils.module_loading import autodiscover_modules

from accounts.models import User
from posture.web.scoping import requested_scope, require_user, url_in_scope

ENTRIES_PER_SOURCE_MAX = 6
"""Entries that each source gives at most."""
RECENT_MAX = 8
"""Entries that are remembered of a person."""
TEXT_LENGTH_MAX = 200
"""Characters of a search that are looked for; ARNs are shorter."""
KEY_LENGTH_MAX = 160
EXACT, PREFIX, WORD, WITHIN = range(4)
"""How well a name fits a search: it is the same, begins with it, has words that begin with it, or contains it."""


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """A line of the palette: a link, a form to send, or an action of the page."""

    key: str
    """By which it is remembered, as "resource:12"; empty for what is not."""
    title: str
    icon: str
    url: str = ""
    detail: str = ""
    rank: int = WITHIN
    act: str = ""
    """What is done instead of opening `url`: "post" sends a form there, all else is an act of palette.js."""


@dataclass(frozen=True, slots=True)
class PaletteGroup:
    """Entries of one kind under their heading, best first."""

    title: str
    entries: list[PaletteEntry]


class PaletteSource(Protocol):
    """A search for entries of one kind within the scope of a request."""

    def find(self, request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
        """Return what fits a search, the best first.

        Without text, what to offer before anything is typed.
        """

    def load(self, request: HttpRequest, ids: Sequence[str]) -> Iterable[PaletteEntry]:
        """Return the entries behind ids, those that the person may still open."""


@dataclass(frozen=True, slots=True)
class RegisteredSource:
    """A source with the kind of its keys and the heading of its group."""

    kind: str
    title: str
    source: PaletteSource
    needs_organization: bool


SourceClass = TypeVar("SourceClass", bound=Callable[[], PaletteSource])
_registered: dict[str, RegisteredSource] = {}


def source(kind: str, title: str, *, needs_organization: bool = True) -> Callable[[SourceClass], SourceClass]:
    """Register a class of sources; `kind` begins the keys of its entries."""

    def register(made: SourceClass) -> SourceClass:
        _registered[kind] = RegisteredSource(kind, title, made(), needs_organization)
        return made

    return register


@cache
def sources() -> dict[str, RegisteredSource]:
    """Return all sources by kind, in the default order of their groups."""
    autodiscover_modules("palette", "destinations")
    return {
        kind: _registered[kind] for kind in sorted(_registered, key=lambda one: (one not in ORDER, _source_order(one)))
    }


ORDER = ("account", "resource", "finding", "check", "page", "act")


def _source_order(kind: str) -> tuple[int, str]:
    return (ORDER.index(kind), kind) if kind in ORDER else (len(ORDER), kind)


def search(request: HttpRequest, text: str) -> list[PaletteGroup]:
    """Return what fits a search, grouped.

    What the person opened lately first, then the best group.
    """
    text = text[:TEXT_LENGTH_MAX]
    recent = _recent(request, text)
    known = {entry.key for entry in recent}
    groups = [PaletteGroup("Recent", recent)] if recent else []
    found = [_group(request, one, text, known) for one in _available_sources(request)]
    ranked = sorted((group for group in found if group.entries), key=lambda group: group.entries[0].rank)
    return [*groups, *ranked, *_full_search(request, text)]


def _available_sources(request: HttpRequest) -> list[RegisteredSource]:
    has_organization = requested_scope(request).organization is not None
    return [one for one in sources().values() if has_organization or not one.needs_organization]


def _group(request: HttpRequest, one: RegisteredSource, text: str, known: set[str]) -> PaletteGroup:
    entries = [entry for entry in one.source.find(request, text) if not entry.key or entry.key not in known]
    return PaletteGroup(one.title, sorted(entries, key=lambda entry: entry.rank)[:ENTRIES_PER_SOURCE_MAX])


def _recent(request: HttpRequest, text: str) -> list[PaletteEntry]:
    """Return what the person opened lately, newest first.

    With a search, only entries that match it.
    """
    keys = require_user(request).recent_entries[:RECENT_MAX]
    by_kind: dict[str, list[str]] = {}
    for key in keys:
        kind, _, number = key.partition(":")
        by_kind.setdefault(kind, []).append(number)
    loaded = {
        entry.key: entry
        for one in _available_sources(request)
        if one.kind in by_kind
        for entry in one.source.load(request, by_kind[one.kind])
    }
    entries = [loaded[key] for key in keys if key in loaded]
    if not text:
        return entries
    ranked = ((entry, rank_match(text, entry.title, entry.detail)) for entry in entries)
    return [replace(entry, rank=rank) for entry, rank in ranked if rank is not None]


def record_opened(user: User, key: str) -> None:
    """Note what a person opened; a key that leads to nothing is never shown."""
    kind, colon, number = key.partition(":")
    if not (colon and number) or kind not in sources() or len(key) > KEY_LENGTH_MAX:
        return
    kept = [key, *(one for one in user.recent_entries if one != key)][:RECENT_MAX]
    User.objects.filter(pk=user.pk).update(recent_entries=kept)


def rank_match(text: str, *names: str) -> int | None:
    """Return how well the best of some names fits a search.

    None where a word of it is in none of them.
    """
    sought, lowered = text.lower().strip(), [name.lower() for name in names]
    if sought in lowered:
        return EXACT
    if any(name.startswith(sought) for name in lowered):
        return PREFIX
    words = sought.split()
    whole = " ".join(lowered)
    if not all(word in whole for word in words):
        return None
    begins = {part for name in lowered for part in name.replace("-", " ").replace("_", " ").split()}
    return WORD if all(any(one.startswith(word) for one in begins) for word in words) else WITHIN


def _full_search(request: HttpRequest, text: str) -> list[PaletteGroup]:
    """Return links to the full search, in the scope and in all accounts."""
    what = requested_scope(request)
    if not text or what.organization is None:
        return []
    url = url_in_scope(request, "inventory:search", q=text)
    entries = [PaletteEntry("", f"All results for “{text}”", "search", url, what.name)]
    if what.account or what.unit:
        wide = url_in_scope(request, "inventory:search", q=text, account="", ou="")
        entries.append(PaletteEntry("", f"Search all accounts for “{text}”", "search", wide))
    return [PaletteGroup("Everything", entries)]
