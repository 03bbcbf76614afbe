"""Normalize AWS's answers to plain JSON, split by what its changes mean. Pure.

A collector declares dotted paths; lists are entered by themselves and `*` stands for any key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

try:
    import orjson
except ModuleNotFoundError:  # the engine alone needs no more than boto3
    HAS_ORJSON = False
else:
    HAS_ORJSON = True

from posture.core.collector import Collector
from posture.core.gap import GapReason
from posture.core.secret_kinds import SECRET_KINDS, secret_kind
from posture.core.values import MAX_DEPTH, UNREADABLE, Unknown, canonical, is_plain_number, well_formed

TAG_KEYS = ("Tags", "TagSet", "TagList", "tags")
"""Where AWS keeps a resource's own tags; they are kept next to the configuration, not in it."""

Fingerprint: TypeAlias = Callable[[str], str]


@cache
def odd_of(action: str) -> Unknown:
    """Return what is kept of a value that an IAM action gave and nobody can keep."""
    return Unknown(action, UNREADABLE, GapReason.BAD_ANSWER)


def plain_answer(value: Any, odd: Unknown, levels: int = MAX_DEPTH) -> Any:
    """Return a boto3 answer as JSON: ISO-8601 UTC times, base64, no ResponseMetadata.

    What cannot be kept is `odd` instead: what is nested too deeply, is no finite number, or of no type of JSON's.
    """
    if isinstance(value, str):
        return value if value.isascii() else well_formed(value)
    if isinstance(value, dict):
        return _plain_mapping(value, odd, levels - 1) if levels else odd
    if isinstance(value, list | tuple):
        return [plain_answer(item, odd, levels - 1) for item in value] if levels else odd
    return _plain_leaf(value, odd)


def _plain_mapping(value: Mapping[Any, Any], odd: Unknown, levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = key if isinstance(key, str) and key.isascii() else well_formed(str(key))
        # Most of an answer is plain text: that needs no call.
        if type(item) is str and item.isascii():
            found[name] = item
        elif name != "ResponseMetadata":
            found[name] = item if item is True or item is False else plain_answer(item, odd, levels)
    return found


def _plain_leaf(value: Any, odd: Unknown) -> Any:
    if value is None or value is True or value is False:
        return value
    if isinstance(value, int | float):
        return value if is_plain_number(value) else odd
    if isinstance(value, datetime):
        try:
            return iso(value)
        except OverflowError:  # before the year 1, or after 9999
            return odd
    if hasattr(value, "read"):
        value = value.read()
    return base64.b64encode(value).decode() if isinstance(value, bytes | bytearray) else odd


def iso(moment: datetime) -> str:
    """Return a time as ISO-8601 in UTC; AWS's times without a zone are in UTC."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def refuse_unreadable(*values: Any) -> None:
    """Raise an exception for values that the history could not keep."""
    # Keys that are no text, and text that is no Unicode, are refused as well as types that JSON does not know.
    if HAS_ORJSON:
        orjson.dumps(values, default=_marked, option=orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME)
    else:
        _refuse_unreadable_slowly(values)


def _refuse_unreadable_slowly(value: Any) -> None:
    """Do the same by the standard library, which accepts keys that are no text."""
    _refuse_odd_keys(value)
    json.dumps(value, default=_marked, ensure_ascii=False).encode()


def _refuse_odd_keys(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{key!r} is a key and no text")
            _refuse_odd_keys(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_odd_keys(item)


def _marked(value: Any) -> dict[str, Any]:
    if isinstance(value, Unknown):
        return value.as_json()
    raise TypeError(f"{type(value).__name__} is no type of JSON's")


def fingerprint(key: bytes, secret: str) -> str:
    """Return what replaces a secret: equal for equal secrets, revealing nothing else."""
    return f"hmac-sha256:{hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()[:32]}"


def tags_of(tags: Sequence[Mapping[str, str]] | Mapping[str, str] | Unknown | None) -> dict[str, str] | Unknown:
    """Return tags as a mapping sorted by key, from any of AWS's forms."""
    if isinstance(tags, Unknown):
        return tags
    if tags is None:
        return {}
    pairs = tags.items() if isinstance(tags, Mapping) else (_pair(tag) for tag in tags)
    return dict(sorted((str(key), str(value or "")) for key, value in pairs))


def _pair(tag: Mapping[str, str]) -> tuple[str, str]:
    for key, value in (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"), ("tagKey", "tagValue")):
        if key in tag:
            return tag[key], tag.get(value, "")
    raise ValueError(f"not a tag: it has the keys {sorted(tag)}")


@dataclass(slots=True)
class PathRules:
    """What the declared paths say of one path in a configuration, and below it."""

    ignored: bool = False
    observed: bool = False
    secret: bool = False
    unordered: bool = False
    below: dict[str, PathRules] = field(default_factory=dict)

    def at(self, key: str) -> PathRules | None:
        """Return the rules for a key: its own (with those of `*`), else those of `*`."""
        return self.below.get(key) or self.below.get("*")

    def add(self, path: str, what: str) -> None:
        """Mark a dotted path."""
        place = self
        for part in path.split("."):
            place = place.below.setdefault(part, PathRules())
        setattr(place, what, True)

    def spread(self) -> None:
        """Merge the rules of `*` into each named key, so that one look-up finds both."""
        every = self.below.get("*")
        for key, place in self.below.items():
            if every and key != "*":
                place.absorb(every)
            place.spread()

    def absorb(self, other: PathRules) -> None:
        """Add what another place says."""
        for what in ("ignored", "observed", "secret", "unordered"):
            setattr(self, what, getattr(self, what) or getattr(other, what))
        for key, place in other.below.items():
            self.below.setdefault(key, PathRules()).absorb(place)


@cache
def rules_of(collector: Collector) -> PathRules:
    """Return a collector's declared paths as one tree."""
    rules = PathRules()
    for what in ("ignored", "observed", "secret", "unordered"):
        for path in getattr(collector, what):
            rules.add(path, what)
    for key in TAG_KEYS:
        rules.add(key, "ignored")
    rules.spread()
    return rules


_NOTHING: Any = object()


def split(raw: Mapping[str, Any], rules: PathRules, hide: Fingerprint) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the hashed and the observed part of a configuration."""
    config, observed = _split_mapping(raw, rules, hide)
    return config, observed if observed is not _NOTHING else {}


def split_secretive(
    raw: Mapping[str, Any], rules: PathRules, hide: Fingerprint
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a configuration, and observe what kind of secret each secret looks like.

    The kinds are observed and not hashed: they follow from the values, whose change shows by itself, so that a
    release which knows more kinds does not make every resource look changed.
    """
    kinds: dict[str, str] = {}

    def hide_and_classify(secret: str) -> str:
        mark = hide(secret)
        kind = secret_kind(secret)
        if kind:
            kinds[mark] = kind
        return mark

    config, observed = split(raw, rules, hide_and_classify)
    return config, {**observed, SECRET_KINDS: dict(sorted(kinds.items()))} if kinds else observed


def _split(value: Any, rules: PathRules | None, hide: Fingerprint) -> tuple[Any, Any]:
    """Return (hashed, observed) of a value, each `_NOTHING` where there is nothing."""
    if rules is None:
        return value, _NOTHING
    if rules.ignored:
        return _NOTHING, _NOTHING
    if rules.secret:
        value = _hidden(value, hide)
    if rules.observed:
        return _NOTHING, value
    if isinstance(value, Mapping):
        return _split_mapping(value, rules, hide)
    if isinstance(value, list | tuple):
        return _split_list(value, rules, hide)
    return value, _NOTHING


def _split_mapping(raw: Mapping[str, Any], rules: PathRules, hide: Fingerprint) -> tuple[dict[str, Any], Any]:
    config: dict[str, Any] = {}
    observed: dict[str, Any] = {}
    for key, value in raw.items():
        hashed, seen = _split(value, rules.at(key), hide)
        if hashed is not _NOTHING:
            config[key] = hashed
        if seen is not _NOTHING:
            observed[key] = seen
    return config, observed or _NOTHING


def _split_list(values: Iterable[Any], rules: PathRules, hide: Fingerprint) -> tuple[list[Any], Any]:
    below = PathRules(below=rules.below)
    pairs = [_split(value, below, hide) for value in values]
    if rules.unordered:
        # By what is hashed alone, so that a list does not turn over when an observed field moves.
        pairs.sort(key=lambda pair: canonical(None if pair[0] is _NOTHING else pair[0]))
    config = [hashed for hashed, _ in pairs if hashed is not _NOTHING]
    if all(seen is _NOTHING for _, seen in pairs):
        return config, _NOTHING
    return config, [None if seen is _NOTHING else seen for _, seen in pairs]


def _hidden(value: Any, hide: Fingerprint) -> Any:
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, Mapping):
        return {key: _hidden(item, hide) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item, hide) for item in value]
    return hide(value if isinstance(value, str) else json.dumps(value))
