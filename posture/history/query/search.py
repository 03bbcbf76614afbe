"""Finds resources by words in name and ARN and by tags, through indexes.

A word is found by its trigrams where three letters or digits of it run together. Whatever else is asked for is looked
for among what such words find, so that no search reads all of a large organization. As of a date of the past, the
index leads to whatever was ever called so; the versions of then decide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from psycopg.sql import SQL, Placeholder

from posture.history.columnar.api import EncodedRows, Numbers
from posture.history.models import ClosedVersion, StoredResource, StoredVersion
from posture.history.models.lookups import array
from posture.history.query.cache import get_or_compute, is_cached
from posture.history.scope import Scope
from posture.history.statements import load_part
from posture.history.tuning import tuning

RUN = re.compile(r"[^\W_]{3}")
"""What the index of trigrams can be asked for."""

_NUMBERS_BY_NAME = load_part(__file__, "numbers_by_name")
"""The resources of a type in the order of their names, in one value; `few` narrows it."""
_FINDINGS_WITH_WORD = load_part(__file__, "findings_with_word")
"""Findings with a word in `reasons` or the name or ARN of their resource, in one value; and whether these are all."""
_REASONS_NOW = load_part(__file__, "reasons_with_word_now")
_REASONS_AT = load_part(__file__, "reasons_with_word_at")
_RESOURCES_WITH_WORDS = load_part(__file__, "resources_with_words")
"""Number of candidates, and id and type of each that is `existing` and has the `words`."""
_EXISTING_NOW = SQL("existing AS (SELECT f.*, v.tags FROM few f LEFT JOIN history_version v ON v.resource_id = f.id)")
_EXISTING_AT = load_part(__file__, "existing_at")


@dataclass(frozen=True, slots=True)
class ResourceMatches:
    """Ids and types of matches, by name and ARN; partial where more may exist.

    That is where there was more than may be looked through.
    """

    found: list[tuple[int, str]]
    is_partial: bool


def search_resources(scope: Scope, text: str) -> ResourceMatches:
    """Return the scope's resources that match each word, by name.

    As of the scope's date; a word may be `key=value`, a tag.

    They are in the order of their names.
    """
    plain, rest = _split(text)
    most = get_scan_limit(scope)
    # What the index has answered is not asked again; but of a date it has only what may have been called so.
    words = rest if scope.as_of is None else [*plain, *rest]
    number, found = _search(scope, _list_candidates(scope, plain, rest, most + 1), words, most)
    return ResourceMatches(found, number > most)


def get_scan_limit(scope: Scope) -> int:
    """Return among how many resources a search looks at the scope's date."""
    return tuning.search_resources_max if scope.as_of is None else tuning.search_past_resources_max


def get_word_match_limit() -> int:
    """Return how many matches one word of `search_findings` has at most.

    Of findings, and of resources.
    """
    return tuning.search_word_matches_max


def search_resources_of_type(scope: Scope, resource_type: str, text: str) -> Iterable[int]:
    """Return the numbers of all resources of a type that match each word of a search.

    As of the scope's date.

    One of the words at least must be such that an index leads to it (`is_indexed`).
    """
    there = resource_identities(scope).filter(type=resource_type)
    if scope.as_of is None:
        return there.filter(match_words(text)).values_list("pk", flat=True).iterator()
    called = there.filter(*(_match_name_at(word, scope.as_of) for word in _split(text)[0]))
    return [pk for pk, _ in _search(scope, called, text.split(), None)[1]]


def search_gone_resources(left: QuerySet[StoredResource], text: str) -> tuple[QuerySet[StoredResource], bool]:
    """Return gone resources that match each word, and whether there may be more.

    Words are looked for in name and ARN.

    No more than `tuning.search_gone_resources_max` are looked through: most that have a word are still there, and are
    passed over one by one.
    """
    plain = [word for word in text.split() if RUN.search(word)]
    rest = [word for word in text.split() if word not in plain]
    some = list(
        left.order_by()
        .filter(*map(_match_name, plain))
        .values_list("pk", flat=True)[: tuning.search_gone_resources_max + 1]
    )
    return left.filter(*map(_match_name, rest), pk__among=some[: tuning.search_gone_resources_max]), len(
        some
    ) > tuning.search_gone_resources_max


def resources_by_arn_ending(scope: Scope, name: str) -> QuerySet[StoredResource]:
    """Return resources whose ARN ends with "/" and a name, as of the scope's date.

    As far as they were readable.
    """
    if not RUN.search(name):
        return StoredResource.objects.none()
    some = resource_identities(scope).filter(arn__icontains=name)[: tuning.search_arn_ending_max]
    return resource_identities(scope).filter(pk__in=some.values("pk"), arn__endswith=f"/{name}")


def resource_identities(scope: Scope) -> QuerySet[StoredResource]:
    """Return the current resources by identity alone.

    As of a date, those that may have existed: seen before and after it.
    """
    mine = StoredResource.objects.filter(account__among=scope.among)
    if scope.as_of is None:
        return mine.filter(gone_at__isnull=True)
    return mine.filter(Q(gone_at__isnull=True) | Q(gone_at__gt=scope.as_of), first_seen__lte=scope.as_of)


def is_fully_indexed(text: str) -> bool:
    """Return whether an index leads to all that has the words."""
    return bool(_split(text)[0])


def is_indexed(text: str) -> bool:
    """Return True where an index covers the words: names and ARNs, or a tag."""
    return any(RUN.search(word) for word in text.split())


def match_words(text: str) -> Q:
    """Return the condition on `StoredResource` that each word is found."""
    found = Q()
    for word in text.split():
        tag = match_tag(word)
        having = Q(Exists(StoredVersion.objects.filter(tag, resource=OuterRef("pk")))) if tag else Q()
        found &= _match_name(word) | having
    return found


def rank_by_name(scope: Scope, resource_type: str, rows: EncodedRows) -> Numbers:
    """Rank rows, all of one type, by the current names of their resources.

    Equal names are ranked by number.
    """
    order = np.frombuffer(_load_numbers_by_name(scope, resource_type, rows), ">i8").astype(np.int64)
    places = np.argsort(order)
    ranks: Numbers = np.full(len(rows), len(order), np.int64)
    if len(order):
        at = places[np.minimum(np.searchsorted(order, rows.number, sorter=places), len(order) - 1)]
        ranks = np.where(order[at] == rows.number, at, ranks)
    return ranks


def _load_numbers_by_name(scope: Scope, resource_type: str, rows: EncodedRows) -> bytes:
    """Return the numbers of a type's resources by name.

    Of these rows alone where few are asked for, else of all.
    """
    if not is_cached(len(scope.accounts)) and len(rows) <= tuning.ranked_by_name_rows_max:
        return _query_numbers_by_name(resource_type, scope.account_pks, rows.number.tolist())
    return get_or_compute(scope, f"names:{resource_type}", lambda: _query_numbers_by_name(resource_type))


def _query_numbers_by_name(resource_type: str, *few: list[int]) -> bytes:
    narrowed = SQL("AND account_id = ANY(%s) AND resource_id = ANY(%s)" if few else "")
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS_BY_NAME.format(few=narrowed), [resource_type, *few])
        return bytes(cursor.fetchone()[0] or b"")


@dataclass(frozen=True, slots=True)
class FindingMatches:
    """Findings that match some words, and further words to match them against.

    They are partial where there are more. Others may be among them, which are not open.
    """

    numbers: Numbers
    rest: tuple[str, ...]
    is_partial: bool


def search_findings(scope: Scope, text: str) -> FindingMatches:
    """Return the findings, open at the scope's date, that match each word.

    Words are looked for in reason, name and ARN, within bounds.

    Of a word that very many have, `tuning.search_word_matches_max` findings and resources are found. Where another
    word has fewer, it is to be looked for among those of that one, so that none is left out.
    """
    words = text.split()
    asked: dict[str, Any] = {
        "accounts": array(scope.account_pks),
        "at": scope.as_of,
        "most": tuning.search_word_matches_max,
    }
    asked |= {f"word{n}": f"%{connection.ops.prep_for_like_query(word)}%" for n, word in enumerate(words)}
    reasons = _REASONS_NOW if scope.as_of is None else _REASONS_AT
    each = [
        _FINDINGS_WITH_WORD.format(reasons=reasons.format(word=word), word=word)
        for word in (Placeholder(f"word{n}") for n in range(len(words)))
    ]
    with connection.cursor() as cursor:
        cursor.execute(SQL(" UNION ALL ").join(each), asked)
        found = [(np.frombuffer(one or b"", ">i8").astype(np.int64), is_whole) for one, is_whole in cursor.fetchall()]
    whole = [numbers for numbers, is_whole in found if is_whole]
    rest = tuple(word for word, (_, is_whole) in zip(words, found, strict=True) if not is_whole)
    if whole:
        return FindingMatches(reduce(np.intersect1d, whole), rest, is_partial=False)
    return FindingMatches(np.unique(found[0][0])[: tuning.search_word_matches_max], rest[1:], is_partial=True)


def _split(text: str) -> tuple[list[str], list[str]]:
    """Return the words that the index of names and ARNs is asked for, and the others."""
    words = text.split()
    plain = [word for word in words if RUN.search(word) and not match_tag(word)]
    return plain, [word for word in words if word not in plain]


def _list_candidates(scope: Scope, plain: Sequence[str], rest: Sequence[str], most: int) -> QuerySet[StoredResource]:
    """Return what may have the words, as many as can be looked through at most."""
    rows, at = resource_identities(scope), scope.as_of
    tags = [word for word in rest if RUN.search(word)]
    if plain or not tags:
        return rows.filter(*(_match_name_at(word, at) for word in plain))[:most]
    # Of one table each, as an OR of both would go by no index; and of no further one than is looked through.
    found: set[int] = set()
    for each in (rows.filter(_match_name_at(tags[0], at)).values_list("pk", flat=True), *_having(scope, tags[0])):
        if len(found) < most:
            found.update(each[:most])
    return StoredResource.objects.filter(pk__among=found)[:most]


def _having(scope: Scope, tag: str) -> Iterator[QuerySet[Any, int]]:
    """Yield the resources that have a tag.

    As of a date those unchanged since, and those that changed.
    """
    now = StoredVersion.objects.filter(match_tag(tag), account__among=scope.among)
    if scope.as_of is None:
        yield now.values_list("resource_id", flat=True)
        return
    yield now.filter(valid_from__lte=scope.as_of).values_list("resource_id", flat=True)
    ended = ClosedVersion.objects.filter(valid_from__lte=scope.as_of, valid_to__gt=scope.as_of)
    yield ended.filter(match_tag(tag), account__among=scope.among).values_list("resource_id", flat=True)


def _search(
    scope: Scope, asked: QuerySet[StoredResource], words: Sequence[str], most: int | None
) -> tuple[int, list[tuple[int, str]]]:
    """Return the number of candidates, and ids and types of those that match.

    Only `most` candidates are matched against each word.
    """
    inner, parameters = asked.values_list("pk", "type", "name", "arn").query.sql_with_params()
    found = [_make_word_condition(word) for word in words]
    existing, dates = (_EXISTING_NOW, []) if scope.as_of is None else (_EXISTING_AT, [scope.as_of] * 3)
    having = SQL(" AND ").join([SQL("true"), *(each for each, _ in found)])
    sql = _RESOURCES_WITH_WORDS.format(asked=SQL(inner), existing=existing, words=having)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, most, *dates, *(one for _, each in found for one in each)])
        rows = cursor.fetchall()
    return rows[0][0], [(pk, kind) for _, pk, kind in rows if pk is not None]


def _make_word_condition(word: str) -> tuple[SQL, list[str]]:
    """Return the condition that a word is found, with its parameters.

    As `match_words` defines it.
    """
    like = f"%{connection.ops.prep_for_like_query(word)}%"
    key, _, value = word.partition("=")
    named, having = "upper(name) LIKE upper(%s) OR upper(arn) LIKE upper(%s)", ""
    if match_tag(word):
        having = " OR tags @> %s::jsonb" if value else " OR tags ? %s"
    tag = [json.dumps({key: value}) if value else key] if having else []
    return SQL(f"({named}{having})"), [like, like, *tag]


def _match_name_at(word: str, at: datetime | None) -> Q:
    """Return the condition that a word is in a resource's name or ARN.

    As of a date also in those it had then.
    """
    return (
        _match_name(word) if at is None else _match_name(word) | (~Q(names_before="") & Q(names_before__icontains=word))
    )


def _match_name(word: str) -> Q:
    return Q(name__icontains=word) | Q(arn__icontains=word)


def match_tag(word: str) -> Q:
    """Return the condition that a word is a tag; empty where it is none.

    `key=value`, or `key=` for any value.
    """
    key, has_value, value = word.partition("=")
    if not has_value or not key:
        return Q()
    return Q(tags__contains={key: value}) if value else Q(tags__has_key=key)
