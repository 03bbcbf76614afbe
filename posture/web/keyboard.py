"""Keyboard shortcuts: what `?` lists.

The keys of areas are theirs, all others are handled by shortcuts.js.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from posture.web.navigation import AREAS


@dataclass(frozen=True, slots=True)
class KeyboardShortcut:
    """Keys pressed one after the other, or any of them, and what they do."""

    keys: tuple[str, ...]
    does: str
    join: str = "then"
    needs_modifier: bool = False
    """Whether it works also where single keys are switched off."""


@dataclass(frozen=True, slots=True)
class ShortcutSection:
    """Shortcuts under a heading."""

    title: str
    shortcuts: tuple[KeyboardShortcut, ...]


EVERYWHERE = ShortcutSection(
    "Everywhere",
    (
        KeyboardShortcut(("Ctrl", "K"), "Search and commands (Cmd K on a Mac)", join="+", needs_modifier=True),
        KeyboardShortcut(("/",), "Search and commands"),
        KeyboardShortcut(("?",), "Show this list"),
        KeyboardShortcut(("t",), "Switch between light and dark"),
        KeyboardShortcut(("Esc",), "Close what is open", needs_modifier=True),
    ),
)
LISTS = ShortcutSection(
    "Lists",
    (
        KeyboardShortcut(("j",), "Next row"),
        KeyboardShortcut(("k",), "Previous row"),
        KeyboardShortcut(("Enter", "o"), "Open the row", join="or"),
        KeyboardShortcut(("u",), "Back to the list above"),
    ),
)


def sections(user: User) -> list[ShortcutSection]:
    """Return the shortcuts that a person has."""
    areas = [area for area in AREAS if area.key and (user.is_admin or not area.admins_only)]
    return [
        EVERYWHERE,
        LISTS,
        ShortcutSection("Go to", tuple(KeyboardShortcut(("g", area.key), area.title) for area in areas)),
    ]
