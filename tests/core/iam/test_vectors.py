"""The engine decides as AWS documents it: acceptance vectors, each with its page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from posture.core.iam import Answer, decide
from posture.core.iam.vectors import request_of

FILE = Path(__file__).with_name("vectors.jsonl")
VECTORS: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
STATEMENT = re.compile(r"(\w+)((?:\[\d+\])*)\.Statement\[(\d+)\]")


def statement_at(policies: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Return the statement that a path of a decision names."""
    match = STATEMENT.fullmatch(path)
    assert match, path
    found = policies[match[1]]
    for index in re.findall(r"\d+", match[2]):
        found = found[int(index)]
    listed = found["Statement"]
    return (listed if isinstance(listed, list) else [listed])[int(match[3])]  # type: ignore[no-any-return]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_a_vector_is_decided_as_documented(vector: Mapping[str, Any]) -> None:
    decision = decide(request_of(vector))
    assert decision.value == vector["expected"], (vector["rule"], vector["why"], decision)
    assert decision.by, "every decision names what it rests on"
    named = [statement_at(vector["policies"], path) for path in decision.by if ".Statement[" in path]
    if decision.value is Answer.ALLOWED:
        assert all(statement["Effect"] == "Allow" for statement in named)
    if decision.value is Answer.DENIED:
        assert all(statement["Effect"] == "Deny" for statement in named)
    if decision.value is Answer.UNKNOWN:
        assert decision.unless or decision.blind or vector["facts"], "it says what is not known"


def test_the_vectors_are_all_there() -> None:
    assert len({vector["id"] for vector in VECTORS}) == 156


@pytest.mark.parametrize(
    ("vector", "by"),
    [
        ("EV02", ("identity[0].Statement[0]",)),
        ("EV03", ("identity[1].Statement[0]",)),
        ("EV05", ("resource.Statement[0]",)),
        ("SC01", ("scp[1]",)),
        ("SC02", ("scp[0][1].Statement[0]",)),
        ("RC08", ("rcp[1][0].Statement[0]",)),
        ("KM08", ("kms_grants[0]",)),
        ("PB02", ("boundary",)),
        ("SP01", ("session",)),
        ("XA02", ("resource",)),
        ("UN12", ("identity[0].Statement[0]",)),
    ],
)
def test_a_decision_names_what_decides(vector: str, by: tuple[str, ...]) -> None:
    (found,) = (one for one in VECTORS if one["id"] == vector)
    assert decide(request_of(found)).by == by


def test_what_remains_is_said_in_words() -> None:
    by_id = {vector["id"]: vector for vector in VECTORS}
    assert decide(request_of(by_id["UN12"])).unless == ("if aws:SourceIp is in 203.0.113.0/24",)
    assert decide(request_of(by_id["UN14"])).unless == ("unless aws:SourceIp is outside 203.0.113.0/24",)
    assert decide(request_of(by_id["UN04"])).blind == ("scp[1][0] (iam:GetPolicyVersion failed with AccessDenied)",)
    assert "session" in decide(request_of(by_id["UN32"])).unless[0]


def test_the_command_reads_lines_and_writes_decisions() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()[:3]
    command = [sys.executable, "-m", "posture.core.iam"]
    run = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(one["id"], one["decision"]) for one in answers] == [(v["id"], v["expected"]) for v in VECTORS[:3]]
    assert answers[0]["by"] == ["identity[0].Statement[0]"]
