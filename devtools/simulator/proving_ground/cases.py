"""The cases of the proving ground: what its accounts answer, and what is found.

AWS's answers are those that the collectors are tested with. A file of `cases/`, named as a file of answers, says for
each account that differs from them what is changed ("changes", see `merging.change`), and for every account what
fails, what is unknown, and how many pass. An account without these has what the recorded answers have.

    {"bad": {"changes": {"athena:get_work_group": {"reports": {"WorkGroup": {"State": "DISABLED"}}}},
             "fails": {"reports": ["athena_work_group_settings_enforced"]},
             "unknown": {},
             "passes": {"athena_work_group_encrypted": 1}}}
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from devtools.simulator.overlay.declared_clusters import PREFIX
from devtools.simulator.proving_ground.merging import Answers, change, merge
from posture.collectors import all_collectors
from posture.core.outcome import Status

FOLDER = Path(__file__).resolve().parent
CASES = FOLDER / "cases"
ANSWERS = FOLDER.parents[2] / "tests" / "collectors" / "answers"
RECORDED_ACCOUNT = "111122223333"
"""The account that answers are recorded in."""
CLUSTER = "shop"
"""The EKS cluster whose objects are read."""
CREDENTIAL_REPORT = "iam:get_credential_report"
"""The one answer whose bytes name the account; cases write it as a list of lines."""
VARIANTS = ("recorded", "good", "bad", "odd", "empty")
"""The accounts; the first answers as recorded."""
BASE = VARIANTS[0]
PARAMETERS = {"good": {"allowed_regions": ["eu-central-1"]}, "bad": {"allowed_regions": ["eu-west-1"]}}
"""What is set for checks that judge nothing by default."""
KINDS = {Status.FAIL: "fails", Status.UNKNOWN: "unknown"}
"""What a case calls outcomes that it names resources for."""
PASSES = "passes"
"""Where a case says how many resources pass, by check."""


def answers_of(variant: str, account: str) -> Answers:
    """Return what an account of the proving ground answers, by `service:method`."""
    answers = merge(_recorded())
    for cases in all_cases().values():
        change(answers, cases.get(variant, {}).get("changes", {}))
    for choice in answers[CREDENTIAL_REPORT]:
        lines = choice["answer"]["Content"]
        if isinstance(lines, list):
            choice["answer"]["Content"] = base64.b64encode("\n".join(lines).encode()).decode()
    moved: Answers = json.loads(json.dumps(answers).replace(RECORDED_ACCOUNT, account))
    for choice in moved[CREDENTIAL_REPORT]:
        report = base64.b64decode(choice["answer"]["Content"])
        report = report.replace(RECORDED_ACCOUNT.encode(), account.encode())
        choice["answer"]["Content"] = base64.b64encode(report).decode()
    return moved


def declared(variant: str) -> Counter[tuple[str, str, str, str]]:
    """Return what is declared for an account, and how often.

    As status, type, name of the resource (of what passes, none), and check.
    """
    found: Counter[tuple[str, str, str, str]] = Counter()
    for module, cases in all_cases().items():
        case = _outcomes(cases, variant)
        found.update({("pass", type_of(module), "", check): number for check, number in case.get(PASSES, {}).items()})
        for status, kind in KINDS.items():
            found.update(
                (status.value, type_of(module), name, check)
                for name, checks in case.get(kind, {}).items()
                for check in checks
            )
    return found


def _outcomes(cases: Mapping[str, Any], variant: str) -> Mapping[str, Any]:
    """Return the case that says what an account has: its own, or the base's."""
    case: Mapping[str, Any] = cases.get(variant, {})
    return case if KINDS[Status.FAIL] in case else cases.get(BASE, {})


def all_cases() -> dict[str, dict[str, Any]]:
    """Return what is declared of each variant, by the module of the collector."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(CASES.glob("*.json"))}


def module_of(resource_type: str) -> str:
    """Return the name of the file of a type's collector."""
    return all_collectors()[resource_type].module.rsplit(".", 1)[1]


def type_of(module: str) -> str:
    """Return the type of the collector in a file."""
    return next(kind for kind in all_collectors() if module_of(kind) == module)


@cache
def _recorded() -> list[dict[str, Any]]:
    return [_of_file(file) for file in sorted(ANSWERS.glob("*.json"))]


def _of_file(file: Path) -> dict[str, Any]:
    """Return a file's answers; of a file about clusters, what these answer."""
    answers: dict[str, Any] = json.loads(file.read_text())
    is_of_cluster = file.stem.startswith("kubernetes_")
    return {name: each for name, each in answers.items() if not is_of_cluster or name.startswith(PREFIX)}
