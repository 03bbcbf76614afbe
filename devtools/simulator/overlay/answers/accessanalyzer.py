"""IAM Access Analyzer.

Analyzers of the account, and what they found open to outsiders.
"""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged


@answers("accessanalyzer")
def list_analyzers(call: Call) -> dict[str, Any]:
    wanted = call.params.get("type")
    return paged(call, "analyzers", [a for a in call.shelf().get("analyzers", []) if wanted in {None, a["type"]}])


@answers("accessanalyzer", "ListFindingsV2", "ListFindings")
def list_findings(call: Call) -> dict[str, Any]:
    arn = call.params["analyzerArn"]
    if arn not in {a["arn"] for a in call.shelf().get("analyzers", [])}:
        raise AwsError("ResourceNotFoundException", f"Analyzer not found: {arn}", 404)
    found = call.shelf().get("findings", [])
    for name, rule in (call.params.get("filter") or {}).items():
        found = [f for f in found if f.get(name) in (rule.get("eq") or [f.get(name)])]
        found = [f for f in found if f.get(name) not in (rule.get("neq") or [])]
    return paged(call, "findings", found)
