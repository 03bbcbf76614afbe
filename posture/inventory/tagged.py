"""What a search finds: words in a resource's name and ARN, and tags as key=value."""

from __future__ import annotations

from django.db.models import Q


def matching(text: str) -> Q:
    """Return the condition that each word of a search is found; a word `key=value` is a tag, `key=` any value of it."""
    found = Q()
    for word in text.split():
        found &= Q(name__icontains=word) | Q(arn__icontains=word) | _tag(word)
    return found


def _tag(word: str) -> Q:
    key, has_value, value = word.partition("=")
    if not has_value or not key:
        return Q()
    return Q(tags__contains={key: value}) if value else Q(tags__has_key=key)
