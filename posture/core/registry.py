"""Find what a package declares, so that a check or collector costs one file."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TypeVar

Declared = TypeVar("Declared")


class DuplicateError(Exception):
    """Two declarations claim one id: the process must not start."""


def declared(package: str, kind: type[Declared], key: str) -> dict[str, Declared]:
    """Import every module of `package`; return its objects of `kind` by their `key`.

    Each object is taken from the module that defines it, so importing a check elsewhere is harmless.
    Import errors pass through: a broken declaration stops the start.
    """
    found: dict[str, Declared] = {}
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        module = importlib.import_module(f"{package}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, kind) and getattr(value, "module", module.__name__) == module.__name__:
                name = getattr(value, key)
                if found.get(name, value) is not value:
                    raise DuplicateError(f"{package}: {name} is declared twice (again in {module.__name__})")
                found[name] = value
    return found
