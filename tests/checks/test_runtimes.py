"""Ends of support of Lambda's runtimes are those of cfn-lint, which follows AWS."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files

from posture.checks.lambda_function import SUPPORT_ENDS

CONTAINER_ONLY = {"dotnet9"}
"""Runtimes that exist as base images alone, which no function's configuration names."""


def test_the_ends_of_support_are_awss() -> None:
    text = files("cfnlint.data.AdditionalSpecs").joinpath("LmbdRuntimeLifecycle.json").read_text(encoding="utf-8")
    deprecated = {runtime: date.fromisoformat(facts["deprecated"]) for runtime, facts in json.loads(text).items()}

    assert len(deprecated) > 40
    assert {runtime: ends for runtime, ends in deprecated.items() if runtime not in CONTAINER_ONLY} == SUPPORT_ENDS
