"""Merge declared answers into those of one account, and change them for a variant.

An operation's answers are choices: `{"params": {…}, "region": "…", "answer": {…}}` or with an `error`. The first whose
parameters are all in a call is taken; an answer without conditions is written without the wrapping.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

MORE = "+"
Choice = dict[str, Any]
Answers = dict[str, list[Choice]]


class WrongChangeError(Exception):
    """A change names something that the answers do not have."""


def choices_of(recorded: Any) -> list[Choice]:
    """Return an operation's answers as a list of choices."""
    return [{"answer": recorded}] if isinstance(recorded, dict) else list(recorded)


def merge(files: Iterable[Mapping[str, Any]]) -> Answers:
    """Return the answers of one account that has what every file has.

    Of what several files describe, the fullest description is kept.
    """
    by_operation: dict[str, list[list[Choice]]] = {}
    for file in files:
        for operation, recorded in file.items():
            by_operation.setdefault(operation, []).append(choices_of(copy.deepcopy(recorded)))
    return {operation: _merge_choices(several) for operation, several in by_operation.items()}


def _merge_choices(several: list[list[Choice]]) -> list[Choice]:
    merged: list[Choice] = []
    for choice in (each for choices in sorted(several, key=_size, reverse=True) for each in choices):
        same = next((known for known in merged if _conditions(known) == _conditions(choice)), None)
        if same is None:
            merged.append(choice)
        elif "answer" in same and "answer" in choice:
            same["answer"] = _merge_values(same["answer"], choice["answer"])
    # A call is answered by the first choice that fits, so those that ask for more come first.
    return sorted(merged, key=lambda choice: -len(choice.get("params", {})) - ("region" in choice))


def _size(choices: list[Choice]) -> int:
    return len(str(choices))


def _conditions(choice: Choice) -> tuple[Any, Any]:
    return choice.get("params", {}), choice.get("region")


def _merge_values(full: Any, other: Any) -> Any:
    if isinstance(full, dict) and isinstance(other, dict):
        return {**other, **{key: _merge_values(value, other.get(key)) for key, value in full.items()}}
    if isinstance(full, list) and isinstance(other, list):
        return [*full, *(item for item in other if not any(_is_same(known, item) for known in full))]
    return full


def _is_same(known: Any, item: Any) -> bool:
    """Return whether two entries of a listing are of one thing: AWS names it first."""
    if isinstance(known, dict) and isinstance(item, dict) and known and item:
        key = next(iter(known))
        return bool(key in item and known[key] == item[key])
    return bool(known == item)


def change(answers: Answers, changes: Mapping[str, Any]) -> None:
    """Apply changes by operation.

    A change is a JSON merge patch in which an object that meets a list names its items: by a value that they
    have, or by position; "+" adds a list of items. Null takes a value away.
    """
    for operation, wanted in changes.items():
        if operation not in answers:
            raise WrongChangeError(f"Nobody answers {operation}.")
        try:
            answers[operation] = _changed_choices(answers[operation], wanted)
        except LookupError as error:
            raise WrongChangeError(f"{operation} has no {error.args[0]}.") from error


def _changed_choices(choices: list[Choice], wanted: Any) -> list[Choice]:
    if isinstance(wanted, list):
        return copy.deepcopy(wanted)
    if len(choices) == 1 and "params" not in choices[0]:
        return [_changed_choice(choices[0], wanted)]
    changed = list(choices)
    for name, value in wanted.items():
        number = _position(changed, name)
        changed[number] = _changed_choice(changed[number], value)
    return changed


def _changed_choice(choice: Choice, wanted: Any) -> Choice:
    """Return a choice with its answer changed; what was an error becomes an answer."""
    kept = {key: value for key, value in choice.items() if key not in {"error", "message"}}
    return {**kept, "answer": _changed(choice.get("answer", {}), wanted)}


def _changed(value: Any, wanted: Any) -> Any:
    if isinstance(value, list) and isinstance(wanted, dict):
        items: list[Any] = list(value)
        gone = []
        for name, inner in wanted.items():
            if name == MORE:
                items += copy.deepcopy(inner)
                continue
            number = _position(items, name)
            items[number] = _changed(items[number], inner)
            gone += [number] if inner is None else []
        return [item for number, item in enumerate(items) if number not in gone]
    if isinstance(wanted, dict):
        base = value if isinstance(value, dict) else {}
        merged = {key: item for key, item in base.items() if wanted.get(key, ...) is not None}
        return merged | {key: _changed(base.get(key), item) for key, item in wanted.items() if item is not None}
    return copy.deepcopy(wanted)


def _position(items: list[Any], name: str) -> int:
    for number, item in enumerate(items):
        if isinstance(item, dict) and name in _names(item):
            return number
        if item == name:
            return number
    if name.isdecimal() and int(name) < len(items):
        return int(name)
    raise LookupError(repr(name))


def _names(item: dict[str, Any]) -> list[Any]:
    """Return what an item, or a choice by its parameters, may be called by."""
    values = item.get("params", item)
    return [value for value in values.values() if isinstance(value, str)]
