"""Terms of a search: words in a resource's name and ARN, and tags as key=value."""

from __future__ import annotations

from django.db.models import Q

from posture.history import query


def matching(text: str) -> Q:
    """Return the condition that all words match; `key=value` is a tag."""
    found = Q()
    for word in text.split():
        found &= Q(name__icontains=word) | Q(arn__icontains=word) | query.match_tag(word)
    return found
