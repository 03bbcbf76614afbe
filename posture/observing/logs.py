"""Log lines, as JSON or to be read by people, each with the sweep, account, region and call that it belongs to.

Loaded with the settings: must import nothing that needs Django to be set up.
"""

from __future__ import annotations

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from posture.core import tracing

LABELS = ("sweep", "account", "region", "service", "operation", "call", "request_id")

TALKATIVE = ("boto3", "botocore", "s3transfer", "urllib3", "django.db.backends")
"""At DEBUG these write requests, answers and values as they are: keys, tokens and external ids among them."""


class Labelled(logging.Filter):
    """Lets every line pass, with labels; those that the line brings itself come first."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the labels of this thread on the line."""
        for name, value in tracing.labels().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


class LineFormatter(logging.Formatter):
    """One line for people, its labels at the end in brackets."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Keep what somebody else wrote from beginning a line of its own."""
        record.message = record.message.replace("\r", "\\r").replace("\n", "\\n")
        told = " ".join(f"{name}={getattr(record, name)}" for name in LABELS if hasattr(record, name))
        line = super().formatMessage(record)
        return f"{line} [{told}]" if told else line


def configuration(level: str, form: str) -> dict[str, Any]:
    """Return Django's LOGGING: lines of at least `level` on standard error, as JSON or as LINE."""
    quiet = level if level != "DEBUG" else "INFO"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"labelled": {"()": Labelled}},
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
            **{name: {"level": quiet} for name in TALKATIVE},
        },
    }
