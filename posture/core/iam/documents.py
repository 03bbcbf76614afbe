"""Policy documents, compiled once for each text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any, TypeAlias

from posture.core.gap import GapReason
from posture.core.iam.outside import public_access
from posture.core.iam.statements import CompiledStatement, compile_statement
from posture.core.policy import canonical, parse
from posture.core.values import MARK, Unknown, revive

COMPILED_MAX = 50_000
"""Policies that are kept compiled; AWS managed ones repeat in every account."""
ACTIONS_MAX = 4_096
"""Actions of which a policy keeps which statements are about them."""


class CompiledPolicy:
    """A policy document, ready to be compared with requests."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Compile a document that was read."""
        self.document = document
        raw = document.get("Statement") or ()
        listed: Iterable[Mapping[str, Any]] = [raw] if isinstance(raw, Mapping) else raw
        version = str(document.get("Version", ""))
        self.statements = tuple(compile_statement(index, one, version) for index, one in enumerate(listed))
        self._by_action: dict[str, tuple[CompiledStatement, ...]] = {}

    def about(self, action: str) -> tuple[CompiledStatement, ...]:
        """Return the statements about an action, given in lower case."""
        found = self._by_action.get(action)
        if found is None:
            if len(self._by_action) >= ACTIONS_MAX:
                self._by_action.clear()
            found = self._by_action[action] = tuple(one for one in self.statements if one.does(action))
        return found

    @cached_property
    def is_public(self) -> bool:
        """Whether Amazon S3 calls the policy public, whatever its other statements."""
        return bool(public_access(parse(canonical(self.document))))


PolicyInput: TypeAlias = "CompiledPolicy | Unknown"
"""A policy, or why it could not be read."""
_compiled: dict[bytes, CompiledPolicy] = {}


def compile_policy(document: str | Mapping[str, Any] | Unknown) -> PolicyInput:
    """Return a policy compiled; a document that could not be read stays `Unknown`.

    Raises ValueError for what is not a policy document.
    """
    if isinstance(document, Unknown):
        return document
    if isinstance(document, Mapping) and MARK in document:
        return unread(document)
    text = document if isinstance(document, str) else json.dumps(document, sort_keys=True)
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
    found = _compiled.get(digest)
    if found is None:
        tree = json.loads(text) if isinstance(document, str) else document
        canonical(tree)  # Refuses what is no policy, and what no AWS policy is as large as.
        if len(_compiled) >= COMPILED_MAX:
            _compiled.clear()
        found = _compiled[digest] = CompiledPolicy(tree)
    return found


def unread(document: Mapping[str, Any]) -> Unknown:
    """Return the `Unknown` that a stored document is marked with."""
    found = revive(dict(document)) if isinstance(document[MARK], Mapping) else None
    return found if isinstance(found, Unknown) else Unknown("reading it", "NotRead", GapReason.DENIED)


def compile_all(documents: Sequence[Any] | None) -> tuple[PolicyInput, ...]:
    """Return several policies compiled."""
    return tuple(map(compile_policy, documents or ()))
