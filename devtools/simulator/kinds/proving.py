"""Accounts that answer what is declared for them: those of the proving ground."""

from __future__ import annotations

from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind
from devtools.simulator.overlay.declared_answers import SHELF
from devtools.simulator.proving_ground.cases import answers_of


@kind("declared-answers", 80)
def make_declared_answers(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Let an account answer from the files of answers, changed as a `variant` of them."""
    builder.put(name.account, GLOBAL, SHELF, **answers_of(now["variant"], name.account))
