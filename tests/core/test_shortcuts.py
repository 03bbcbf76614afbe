"""Shortcuts past other libraries are taken unless the environment leaves them out."""

from __future__ import annotations

import pytest

from posture.core.shortcuts import VARIABLE, Shortcut, enabled, is_enabled
from posture.environment import WrongSettingError, shortcuts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {*Shortcut}),
        ("none", set()),
        (" Models , pipeline", {Shortcut.MODELS, Shortcut.PIPELINE}),
    ],
)
def test_a_list_names_what_is_taken(text: str, expected: set[Shortcut]) -> None:
    assert enabled(text) == expected


def test_the_environment_decides_at_each_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert is_enabled(Shortcut.ARENAS)
    monkeypatch.setenv(VARIABLE, "models")
    assert not is_enabled(Shortcut.ARENAS)


def test_an_unknown_name_stops_the_start_with_a_sentence() -> None:
    with pytest.raises(WrongSettingError, match="PLUMBLINE_SHORTCUTS names haste: write some of arenas"):
        shortcuts(VARIABLE, env={VARIABLE: "models,haste"})
