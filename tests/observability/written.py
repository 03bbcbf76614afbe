"""Log lines caught as the site would write them."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from posture.observability import logs


@contextmanager
def written(level: str, form: str) -> Iterator[io.StringIO]:
    """Catch what is written with the site's configuration at a level and in a form."""
    kept = {name: logging.getLogger(name).level for name in ("", "django", *logs.VERBOSE_LOGGERS)}
    handlers = logging.getLogger().handlers[:]
    stream = io.StringIO()
    wanted = logs.configuration(level, form)
    wanted["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(wanted)
    try:
        yield stream
    finally:
        logging.getLogger().handlers[:] = handlers
        for name, before in kept.items():
            logging.getLogger(name).setLevel(before)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the lines that were written as JSON."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]
