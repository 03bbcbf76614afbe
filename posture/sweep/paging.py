"""Walk an answer's pages, whatever the token's name, but never in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import PaginationError
from botocore.paginate import Paginator

from posture.sweep import service_models

Once = Callable[[Mapping[str, Any]], dict[str, Any]]


class BadPageError(Exception):
    """A page is not in the form that the API documents."""


class TokenLoopError(BadPageError):
    """A page token came back that was answered before: the listing would never end."""


def pages(service: str, operation: str, params: Mapping[str, Any], once: Once) -> Iterator[dict[str, Any]]:
    """Yield each page of an operation; `once` performs one call with its parameters."""
    config = service_models.paging(service, operation)
    if config is None:
        yield once(params)
        return
    first = once(params)
    if _is_last(first, config["output_token"]):
        yield first
        return
    inputs = config["input_token"]
    tokens = inputs if isinstance(inputs, list) else [inputs]
    seen: set[str] = set()

    def guarded(**asked: Any) -> dict[str, Any]:
        if not seen:
            seen.add(repr([asked.get(token) for token in tokens]))
            return first
        place = repr([asked.get(token) for token in tokens])
        if place in seen:
            raise TokenLoopError(f"{service}:{operation} gave a page token for the second time")
        seen.add(place)
        return once(asked)

    # types-boto3 takes the method for its name; botocore calls it.
    paginator: Any = Paginator(guarded, config, service_models.operation_model(service, operation))  # type: ignore[arg-type]
    try:
        yield from paginator.paginate(**params)
    except PaginationError as error:
        # botocore looks at the last token alone, and sooner.
        raise TokenLoopError(f"{service}:{operation} gave a page token for the second time") from error


def _is_last(page: Mapping[str, Any], outputs: str | list[str]) -> bool:
    """Whether a page has no token for another; botocore's own paginator is slow.

    False where only that can decide, since the token is worked out by an expression.
    """
    names = outputs if isinstance(outputs, list) else [outputs]
    return all(name.isidentifier() and not page.get(name) for name in names)


def items(page: Mapping[str, Any], key: str) -> list[Any]:
    """Return the list under a dotted key of a page, empty where the page lacks it.

    Raises `BadPageError` for anything else: taken for an empty list, it would remove what was listed before.
    """
    value: Any = page
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else value
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadPageError(f"{key} is no list")
    return value
