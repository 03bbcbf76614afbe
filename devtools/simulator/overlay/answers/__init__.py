"""One module per service with the answers that moto lacks or gets wrong.

Adding one costs one decorated function.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, TypeVar

from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import Reply

Amendment = Callable[[Call], dict[str, Any] | Reply]
Kind = TypeVar("Kind", bound=Amendment)

amendments: dict[tuple[str, str], Amendment] = {}


def answers(service: str, *operations: str) -> Callable[[Kind], Kind]:
    """Register a function that answers these operations of a botocore service.

    It may ask moto by `call.beneath()`.
    """

    def register(function: Kind) -> Kind:
        for operation in operations or (_camel(function.__name__),):
            if (service, operation) in amendments:
                raise RuntimeError(f"{service}:{operation} is answered twice.")
            amendments[service, operation] = function
        return function

    return register


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def load() -> None:
    """Import every module of answers."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
