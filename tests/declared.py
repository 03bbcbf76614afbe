"""Declarations by module, so that a broken file fails its own tests only."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Broken:
    """A module that could not be imported."""

    module: str
    error: Exception


def params(package: str, kind: type[Any], key: str) -> list[Any]:
    """Return a pytest parameter for each declaration and each broken module."""
    found = []
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        name = f"{package}.{info.name}"
        try:
            module = importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - reported by the test that gets it
            found.append(pytest.param(Broken(name, error), id=info.name))
            continue
        own = [value for value in vars(module).values() if isinstance(value, kind) and value.module == name]
        found += [pytest.param(value, id=str(getattr(value, key))) for value in own]
    return found


def usable(value: Kind | Broken) -> Kind:
    """Return a declaration, or raise what its module raised at import."""
    if isinstance(value, Broken):
        raise value.error
    return value
