"""Write down what is found in the accounts of the proving ground.

`python -m devtools.simulator.proving_ground.declare` after a change to answers, cases or checks; what it changes in
`cases/` is to be read as a change of meaning is.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from devtools.simulator.proving_ground.account import Account
from devtools.simulator.proving_ground.cases import (
    BASE,
    CASES,
    KINDS,
    PASSES,
    RECORDED_ACCOUNT,
    VARIANTS,
    answers_of,
    module_of,
)
from posture.collectors import all_collectors
from posture.core.outcome import Status
from posture.core.sweep import Judgement

WIDTH = 116
Found = dict[str, dict[str, dict[str, Any]]]
"""By module: what fails and what is unknown by resource, and how many pass by check."""


def declare() -> None:
    """Write what fails and what is unknown in each account.

    Nothing where it is what the recorded answers have.
    """
    found = {variant: find(Account(answers_of(variant, RECORDED_ACCOUNT), variant)) for variant in VARIANTS}
    files = {file.stem: json.loads(file.read_text()) for file in CASES.glob("*.json")}
    for module in sorted(files.keys() | {module for each in found.values() for module in each}):
        cases = files.get(module, {})
        base = found[BASE].get(module, {})
        for variant in VARIANTS:
            here = found[variant].get(module, {})
            case = {key: value for key, value in cases.pop(variant, {}).items() if key == "changes"}
            if variant == BASE or here != base:
                case |= {kind: here.get(kind, {}) for kind in (*KINDS.values(), PASSES)}
            if any(case.values()) or here != base:
                cases[variant] = case
        write(module, cases)


def find(account: Account) -> Found:
    """Return what fails, is unknown and passes in an account."""
    found: Found = {}
    for kind in all_collectors():
        judged = account.judgements(kind)
        if judged:
            named = {name: _by_resource(judged, status) for status, name in KINDS.items()}
            found[module_of(kind)] = {**named, PASSES: _passing(judged)}
    return found


def _by_resource(judged: Sequence[Judgement], status: Status) -> dict[str, list[str]]:
    checks: dict[str, list[str]] = {}
    for each in judged:
        if each.outcome.status is status:
            checks.setdefault(each.resource.name, []).append(each.check_id)
    return {name: sorted(checks[name]) for name in sorted(checks)}


def _passing(judged: Sequence[Judgement]) -> dict[str, int]:
    passing = Counter(each.check_id for each in judged if each.outcome.status is Status.PASS)
    return dict(sorted(passing.items()))


def write(module: str, cases: Mapping[str, Any]) -> None:
    """Write the cases of a module, what is short on one line."""
    file = CASES / f"{module}.json"
    if not any(cases.values()):
        file.unlink(missing_ok=True)
        return
    file.write_text(_laid_out(cases, "") + "\n")


def _laid_out(value: Any, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or (indent and len(indent) + len(line) <= WIDTH):
        return line
    inner = indent + "  "
    if isinstance(value, list):
        rows = [_laid_out(item, inner) for item in value]
        return "[\n" + ",\n".join(inner + row for row in rows) + f"\n{indent}]"
    rows = [f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(item, inner)}" for key, item in value.items()]
    return "{\n" + ",\n".join(inner + row for row in rows) + f"\n{indent}}}"


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    declare()
