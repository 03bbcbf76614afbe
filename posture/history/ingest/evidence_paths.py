"""Reads the value that an evidence path points to: `IpPermissions[0].IpRanges[1].CidrIp`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from posture.core.values import Unknown, plain

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def value_at(config: Mapping[str, Any], path: str) -> Any:
    """Return the JSON value at a path; None where the path leads nowhere."""
    value: Any = config
    for key, index in _STEP.findall(path):
        if isinstance(value, Unknown):
            break
        if index:
            inside = isinstance(value, Sequence) and not isinstance(value, str) and int(index) < len(value)
            value = value[int(index)] if inside else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return plain(value)
