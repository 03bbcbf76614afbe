"""Changes of AWS's answers that may turn a check's outcome, the likeliest first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape

from devtools.simulator.proving_ground.merging import Answers
from posture.core.check import Check, Example
from posture.core.outcome import Status
from posture.core.values import Unknown
from posture.sweep import service_models

Path = tuple[str, ...]
Change = dict[str, Any]

MAX_ENUM = 12
"""So many values of an enumeration are tried."""
CODES_OF_ABSENCE = ("NotFound", "NoSuch", "DoesNotExist", "NotExist", "Nonexistent", "NotConfigured")
"""How codes are called by which AWS says that there is none."""
NAMING = ("Id", "id", "Arn", "arn", "ARN", "Name", "name", "Identifier", "Account", "Ids", "Arns", "Names")
"""How fields end that name things."""
SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "timestamp": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
}


@dataclass(frozen=True)
class Node:
    """An object within an answer.

    How a change names it, its value, and what it may have by AWS's model.
    """

    operation: str
    path: Path
    value: Mapping[str, Any]
    members: Mapping[str, Shape]

    def change(self, values: Mapping[str, Any]) -> Change:
        """Return the change that gives the object values."""
        wanted: Any = dict(values)
        for step in reversed(self.path):
            wanted = {step: wanted}
        return {self.operation: wanted}


def candidates(
    check: Check, wanted: Status, answers: Answers, operations: set[str], keys: set[str]
) -> Iterator[Change]:
    """Yield changes of some operations' answers.

    `keys` are the names of fields that decide.
    """
    found = [node for operation in sorted(operations) for node in _nodes(answers, operation)]
    yield from _distinct(_by_examples(check, wanted, found))
    yield from _absences(answers, operations)
    for node in found:
        for key in sorted(keys & node.members.keys()):
            yield from (node.change({key: value}) for value in _others(node.value.get(key), node.members[key]))
    for node in found:
        yield from (node.change({key: []}) for key, value in node.value.items() if value and isinstance(value, list))


def _distinct(changes: Iterator[Change]) -> Iterator[Change]:
    seen: set[str] = set()
    for change in changes:
        mark = json.dumps(change, default=str)
        if mark not in seen:
            seen.add(mark)
            yield change


def _by_examples(check: Check, wanted: Status, found: list[Node]) -> Iterator[Change]:
    """Yield changes to the values of the check's examples.

    Each alone, then all that fit an object at once.
    """
    settings = [
        setting
        for example in check.examples
        if example.status is wanted and not example.gaps and not example.parameters
        for setting in _settings(example)
    ]
    given = [(node, values) for setting in settings for node in found if (values := _given(setting, node))]
    policies = [json.dumps(setting) for setting in settings if "Statement" in setting]
    for policy in policies:
        yield from (node.change({key: policy}) for node in found for key in node.members if _is_policy(node, key))
    # What names a thing is rarely what is wrong with it.
    plain = [(node, {key: values[key] for key in values if not key.endswith(NAMING)}) for node, values in given]
    yield from (node.change({key: value}) for node, values in plain for key, value in values.items())
    yield from (node.change(values) for node, values in plain if values)
    yield from (node.change(values) for node, values in given)
    yield from (node.change({key: value}) for node, values in given for key, value in values.items())


def _is_policy(node: Node, key: str) -> bool:
    return "olicy" in key and node.members[key].type_name == "string" and not key.endswith(NAMING)


def _settings(example: Example) -> Iterator[Mapping[str, Any]]:
    for resource in (example.resource(""), *example.related):
        yield from _parts({**resource.raw_observed, **resource.raw_config})
        if isinstance(resource.raw_tags, dict) and resource.raw_tags:
            yield {"Tags": [{"Key": key, "Value": value} for key, value in resource.raw_tags.items()]}


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if value:
            yield {key: each for key, each in value.items() if not isinstance(each, Unknown)}
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item)


def _given(setting: Mapping[str, Any], node: Node) -> dict[str, Any]:
    """Return the values of an example that an object may have and has not."""
    given = {}
    for key, value in setting.items():
        if key in node.members and node.value.get(key) != value:
            try:
                given[key] = _fitted(value, node.members[key])
            except TypeError:
                continue
    return {key: value for key, value in given.items() if node.value.get(key) != value}


def _fitted(value: Any, shape: Shape) -> Any:
    """Return a value as an answer writes it.

    Raise TypeError where AWS's model has another type.
    """
    kind: Any = shape
    if value is None or getattr(shape, "is_document_type", False):
        return value
    if isinstance(value, Unknown):
        raise TypeError("an unknown value is in no answer")
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {key: _fitted(item, kind.members[key]) for key, item in value.items() if key in kind.members}
    if shape.type_name == "list" and isinstance(value, list | tuple):
        return [_fitted(item, kind.member) for item in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: _fitted(item, kind.value) for key, item in value.items()}
    if shape.type_name == "string" and isinstance(value, Mapping | list):
        return json.dumps(value)
    if isinstance(value, SCALARS.get(shape.type_name, ())):
        return value
    raise TypeError(f"{value!r} is no {shape.type_name}")


def _absences(answers: Answers, operations: set[str]) -> Iterator[Change]:
    """Yield changes by which an operation says that there is none."""
    for operation in sorted(operations & answers.keys()):
        for shape in service_models.operation_model(*operation.split(":")).error_shapes:
            code = (shape.metadata.get("error") or {}).get("code") or shape.name
            if any(word in code for word in CODES_OF_ABSENCE):
                yield {operation: [{"error": code}]}


def _others(value: Any, shape: Any) -> Iterator[Any]:
    """Yield other values that a field may have."""
    if shape.type_name == "boolean":
        yield not value
    if shape.type_name == "list" and value:
        yield []
    if shape.type_name in {"integer", "long"}:
        yield from (each for each in (0, 1, 400) if each != value)
    yield from [each for each in getattr(shape, "enum", ()) if each != value][:MAX_ENUM]
    if value is not None:
        yield None


def _nodes(answers: Answers, operation: str) -> Iterator[Node]:
    """Yield every object within an operation's answers."""
    shape = service_models.operation_model(*operation.split(":")).output_shape
    choices = answers.get(operation, [])
    is_plain = len(choices) == 1 and "params" not in choices[0]
    for number, choice in enumerate(choices):
        path = () if is_plain else (_name_of(choices, number),)
        yield from _nodes_in(operation, path, choice.get("answer", {}), shape)


def _nodes_in(operation: str, path: Path, value: Any, shape: Shape | None) -> Iterator[Node]:
    kind: Any = shape
    if shape is None or getattr(shape, "is_document_type", False):
        return
    if shape.type_name == "structure" and isinstance(value, dict):
        yield Node(operation, path, value, kind.members)
        for key, item in value.items():
            if key in kind.members:
                yield from _nodes_in(operation, (*path, key), item, kind.members[key])
    elif shape.type_name == "list" and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _nodes_in(operation, (*path, _name_of(value, number)), item, kind.member)
    elif shape.type_name == "map" and isinstance(value, dict):
        yield Node(operation, path, value, dict.fromkeys(value, kind.value))
        for key, item in value.items():
            yield from _nodes_in(operation, (*path, key), item, kind.value)


def _name_of(items: list[Any], number: int) -> str:
    """Return what a change calls an item: a value of its own, or its position."""
    for value in _values(items[number]):
        if isinstance(value, str) and value and sum(value in _values(each) for each in items) == 1:
            return value
    return str(number)


def _values(item: Any) -> list[Any]:
    return list(item.get("params", item).values()) if isinstance(item, dict) else [item]
