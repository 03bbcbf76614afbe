"""Keyboard shortcuts: what `?` lists. The keys of areas are theirs, all others are handled by shortcuts.js."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from posture.web.navigation import AREAS


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Keys pressed one after the other, or any of them, and what they do."""

    keys: tuple[str, ...]
    does: str
    join: str = "then"
    needs_modifier: bool = False
    """Whether it works also where single keys are switched off."""


@dataclass(frozen=True, slots=True)
class Section:
    """Shortcuts under a heading."""

    title: str
    shortcuts: tuple[Shortcut, ...]


EVERYWHERE = Section(
    "Everywhere",
    (
        Shortcut(("Ctrl", "K"), "Search and commands (Cmd K on a Mac)", join="+", needs_modifier=True),
        Shortcut(("/",), "Search and commands"),
        Shortcut(("?",), "Show this list"),
        Shortcut(("t",), "Switch between light and dark"),
        Shortcut(("Esc",), "Close what is open", needs_modifier=True),
    ),
)
LISTS = Section(
    "Lists",
    (
        Shortcut(("j",), "Next row"),
        Shortcut(("k",), "Previous row"),
        Shortcut(("Enter", "o"), "Open the row", join="or"),
        Shortcut(("u",), "Back to the list above"),
    ),
)


def sections(user: User) -> list[Section]:
    """Return the shortcuts that a person has."""
    areas = [area for area in AREAS if area.key and (user.is_admin or not area.admins_only)]
    return [EVERYWHERE, LISTS, Section("Go to", tuple(Shortcut(("g", area.key), area.title) for area in areas))]
