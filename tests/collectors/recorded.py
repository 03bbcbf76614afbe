"""Recorded answers in place of AWS, for tests of collectors.

A file holds `{"<service>:<boto3 method>": ANSWER}`, or in ANSWER's place a list of
`{"params": {…}, "region": "…", "answer": {…}}` and `{"params": {…}, "error": "NoSuchBucketPolicy"}`,
where the first whose parameters are all in the call is taken. What clusters answer is `{"kubernetes:<path>": ANSWER}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import Shape as ModelShape
from botocore.validate import ParamValidator

from posture.core.kubernetes import ApiResource, Shape
from posture.sweep import service_models
from posture.sweep.kubernetes import items_of


class Recorded:
    """Answers calls from a file, checked against botocore's model of the service."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.called: set[tuple[str, str]] = set()
        self.read: set[str] = set()
        """Paths of clusters that were read."""
        self.faults: list[str] = []

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Perform one call."""
        self.called.add((service, operation))
        name = f"{service}:{operation}"
        model = service_models.operation_model(service, operation)
        if model.input_shape:
            report = ParamValidator().validate(dict(params), model.input_shape)
            if report.has_errors():
                self.faults.append(f"{name} is asked wrongly: {report.generate_report()}")
        answer = self._answer(name, region, params)
        if model.output_shape:
            self.faults += [f"{name} never answers {path}" for path in foreign(answer, model.output_shape)]
        return answer

    def read_objects(self, cluster: Mapping[str, Any], region: str, resource: ApiResource, shape: Shape) -> list[Any]:
        """Return the objects of a cluster."""
        self.read.add(resource.path)
        answer = self.answers.get(f"kubernetes:{resource.path}")
        if answer is None:
            self.faults.append(f"the answers lack {resource.path}")
            return []
        return [shape(one) for one in items_of(answer, resource)]

    def _answer(self, name: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        recorded = self.answers.get(name)
        if isinstance(recorded, dict):
            return recorded
        for choice in recorded or ():
            asked = {**choice.get("params", {})}
            if choice.get("region", region) == region and all(params.get(key) == asked[key] for key in asked):
                if "error" in choice:
                    code, message = choice["error"], choice.get("message", "")
                    operation = service_models.operation_name(*name.split(":"))
                    raise ClientError({"Error": {"Code": code, "Message": message}}, operation)
                answer: dict[str, Any] = choice["answer"]
                return answer
        fault = f"the answers lack {name} with {dict(params)} in {region}"
        self.faults.append(fault)
        raise LookupError(fault)


def foreign(answer: Any, shape: ModelShape, path: str = "") -> list[str]:
    """Return the paths in an answer that botocore's model does not have."""
    if answer is None:
        return []
    kind: Any = shape
    if shape.type_name == "structure" and isinstance(answer, dict):
        if getattr(shape, "is_document_type", False):
            return []
        members = kind.members
        unknown = [f"{path}{key}" for key in answer if key not in members]
        known = [(key, members[key]) for key in answer if key in members]
        return unknown + [bad for key, member in known for bad in foreign(answer[key], member, f"{path}{key}.")]
    if shape.type_name == "list" and isinstance(answer, list):
        return [bad for item in answer for bad in foreign(item, kind.member, path)]
    if shape.type_name == "map" and isinstance(answer, dict):
        return [bad for key, item in answer.items() for bad in foreign(item, kind.value, f"{path}{key}.")]
    wrong = {"structure": dict, "list": list, "map": dict, "string": str, "boolean": bool}.get(shape.type_name)
    return [f"{path}: {answer!r} for a {shape.type_name}"] if wrong and not isinstance(answer, wrong) else []
