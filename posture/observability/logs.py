"""Log lines as JSON or plain text, labelled with sweep, account, region and call.

Loaded with the settings: must import nothing that needs Django to be set up.
"""

from __future__ import annotations

import logging
import re
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from posture.core import tracing

EVENT_LABELS = ("event", "user", "address", "target", "before", "after", "limit")
"""What a security event brings; see `posture.observability.security`."""
LABELS = (*EVENT_LABELS, "sweep", "account", "region", "service", "operation", "call", "request_id")

VERBOSE_LOGGERS = ("boto3", "botocore", "s3transfer", "urllib3", "django.db.backends")
"""At DEBUG these write requests, answers and values as they are: keys, tokens and external ids among them."""


class LabelFilter(logging.Filter):
    """Lets every line pass, with labels; those that the line brings itself come first."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the labels of this thread on the line."""
        for name, value in tracing.labels().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What ends a line, steers a terminal, or turns the direction of what follows."""
_Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def _escape_control(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


_PLAIN = re.compile(r"[^\s=\"\[\]]+")


def _field(name: str, value: Any) -> str:
    """Return a field as `name=value`.

    What people typed is quoted unless it is one plain word, so that it cannot forge another field.
    """
    text = str(value)
    if name not in EVENT_LABELS or _PLAIN.fullmatch(text):
        return f"{name}={_escape_control(text)}"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{_escape_control(escaped)}"'


class LineFormatter(logging.Formatter):
    """One line for people, its labels at the end in brackets.

    What else belongs to it is set in.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Keep what somebody else wrote from beginning a line of its own, and from steering a terminal."""
        record.message = _escape_control(record.message)
        fields = " ".join(_field(name, getattr(record, name)) for name in LABELS if hasattr(record, name))
        line = super().formatMessage(record)
        return f"{line} [{fields}]" if fields else line

    def formatException(self, ei: _Error) -> str:  # noqa: N802 - logging's own name
        """Set each line of a traceback in.

        An error's message may have lines that look like ours.
        """
        return "\n".join(f"  | {_escape_control(line)}" for line in super().formatException(ei).split("\n"))


def configuration(level: str, form: str) -> dict[str, Any]:
    """Return Django's LOGGING setting.

    Lines of at least `level` go to standard error, formatted as JSON or LINE.
    """
    quiet = level if level != "DEBUG" else "INFO"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"labelled": {"()": LabelFilter}},
        "formatters": {
            "LINE": {"()": LineFormatter, "format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "JSON": {
                "()": JsonFormatter,
                "format": "{levelname}{name}{message}",
                "style": "{",
                "timestamp": "time",
                "rename_fields": {"levelname": "level", "name": "logger", "exc_info": "exception"},
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form, "filters": ["labelled"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers are silent outside of DEBUG, and mail tracebacks to nobody.
            "django": {"handlers": [], "level": level, "propagate": True},
            # Whatever else is written, who logged in and who changed what always is.
            "plumbline.security": {"level": "INFO"},
            **{name: {"level": quiet} for name in VERBOSE_LOGGERS},
        },
    }
