"""Matches IAM's wildcards: `*` stands for any text, `?` for one character.

AWS-supplied patterns are hostile. Translated to a regular expression, a dozen stars backtrack for ever, and the
expression engine holds the interpreter lock meanwhile. What is here takes one step per character of the text.
"""

from __future__ import annotations


def covers(pattern: str, text: str) -> bool:
    """Return True if all that `text` matches (it may be a pattern) is in `pattern`."""
    if "?" in pattern:
        start = fixed_start(pattern)
        return text.startswith(start) and _covers_by_character(pattern[len(start) :], text[len(start) :])
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    last = rest.pop()
    end = len(text) - len(last)
    if len(first) > end or not text.startswith(first) or not text.endswith(last):
        return False
    # The leftmost place of each part leaves the most room for those after it.
    begin = len(first)
    for part in rest:
        found = text.find(part, begin, end)
        if found < 0:
            return False
        begin = found + len(part)
    return True


def _covers_by_character(pattern: str, text: str) -> bool:
    """Follow all ways to match at once: bit n is set if n characters have matched."""
    masks: dict[str, int] = {}
    loops, length = 0, 0
    for letter in pattern:
        if letter == "*":
            loops |= 1 << length
        else:
            masks[letter] = masks.get(letter, 0) | 1 << length
            length += 1
    any_one = masks.pop("?", 0)
    state = 1
    for letter in text:
        # A star in the text may stand for nothing or for many: no single character covers it.
        step = 0 if letter == "*" else (state & (masks.get(letter, 0) | any_one)) << 1
        state = step | (state & loops)
        if not state:
            return False
    return bool(state >> length & 1)


def may_overlap(one: str, other: str) -> bool:
    """Return True if two patterns may share a value: errs on yes."""
    if not has_wildcard(one) or not has_wildcard(other):
        return covers(one, other) or covers(other, one)
    start, begin = fixed_start(one), fixed_start(other)
    return start.startswith(begin) or begin.startswith(start)


def has_wildcard(text: str) -> bool:
    """Return True if a text stands for more than itself."""
    return "*" in text or "?" in text


def fixed_start(pattern: str) -> str:
    """Return what all texts that a pattern covers begin with."""
    return pattern.partition("*")[0].partition("?")[0]
