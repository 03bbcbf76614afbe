"""Examples of each picture of `posture.drawing`.

One module here for one there, found by its name.

A module's `examples` returns captions with drawings, among them a hostile name, much, little, and what is not seen.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module

from django.utils.safestring import SafeString

from posture import drawing

PICTURE = "svg.picture("
"""By which a module makes a picture."""
Example = tuple[str, SafeString]
"""What a picture shows, and the picture."""
HOSTILE = "</svg><script>alert(1)</script>\"'&日本"
LONG_NAME = "a-name-of-an-account-that-is-as-long-as-names-are-allowed-to-be"


def pictures() -> list[str]:
    """Return the names of the modules of `posture.drawing` that draw a picture."""
    return [one.name for one in pkgutil.iter_modules(drawing.__path__) if _has_picture(one.name)]


def _has_picture(name: str) -> bool:
    """Return True for a module that draws.

    What pictures are made, saved or printed with does not.
    """
    module = import_module(f"posture.drawing.{name}")
    return hasattr(module, "draw") or PICTURE in inspect.getsource(module)


def named() -> list[str]:
    """Return the names of the modules here."""
    return [one.name for one in pkgutil.iter_modules(__path__)]


def all_examples() -> Iterator[tuple[str, Sequence[Example]]]:
    """Yield each picture's name with its examples."""
    for name in named():
        examples: Callable[[], Sequence[Example]] = import_module(f"{__name__}.{name}").examples
        yield name, examples()
