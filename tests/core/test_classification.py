"""The classification of data, read off tags."""

from __future__ import annotations

import pytest

from posture.core.classification import (
    DEFAULT,
    Level,
    Scheme,
    Tag,
    classification,
    in_use,
    is_sensitive,
    own_scheme,
    using,
)


@pytest.mark.parametrize("key", ["data-classification", "classification", "DataClassification", "data_classification"])
def test_common_keys_are_read_whatever_their_spelling(key: str) -> None:
    assert classification({key: "Confidential", "owner": "crm"}) == "confidential"


@pytest.mark.parametrize(
    ("value", "level"),
    [("PII", "pii"), ("highly confidential", "restricted"), ("internal_use", "internal"), ("Personal-Data", "pii")],
)
def test_other_words_for_a_level_mean_the_level(value: str, level: str) -> None:
    assert classification({"classification": value}) == level


@pytest.mark.parametrize("tags", [{}, {"owner": "crm"}, {"classification": "tbd"}, {"classification": ""}])
def test_no_such_tag_and_no_such_level_give_none(tags: dict[str, str]) -> None:
    assert classification(tags) is None


def test_the_tag_is_found_even_where_its_value_is_no_level() -> None:
    assert DEFAULT.tag({"Classification": "tbd"}) == Tag("Classification", "tbd")


def test_the_first_key_of_the_scheme_wins() -> None:
    assert classification({"classification": "public", "data-classification": "phi"}) == "phi"


def test_sensitive_levels() -> None:
    assert [level.name for level in DEFAULT.levels if is_sensitive(level.name)] == [
        "confidential",
        "restricted",
        "pii",
        "phi",
    ]
    assert not is_sensitive(None)
    assert not is_sensitive("no such level")


def test_an_organization_brings_its_own_keys_and_levels() -> None:
    own = Scheme(keys=("Schutzbedarf",), levels=(Level("normal"), Level("hoch", sensitive=True, synonyms=("C3",))))

    assert classification({"schutzbedarf": "c3"}, own) == "hoch"
    assert is_sensitive("hoch", own)
    assert classification({"classification": "confidential"}, own) is None


def test_an_organizations_own_words_are_judged_by() -> None:
    """Own keys replace the usual ones, own sensitive values join them, while in use."""
    scheme = own_scheme(["secrecy"], ["streng-geheim"])
    with using(scheme):
        level = in_use().level({"secrecy": "Streng Geheim"})
        assert level is not None
        assert level.sensitive
        assert in_use().tag({"data-classification": "public"}) is None
    assert in_use() is DEFAULT


def test_an_own_word_takes_the_place_of_the_default_that_it_means() -> None:
    scheme = own_scheme((), ("Restricted", "Internal"))
    assert [level.name for level in scheme.levels] == ["Restricted", "Internal", "public", "confidential", "pii", "phi"]
    assert classification({"classification": "secret"}, scheme) == "Restricted"
    assert is_sensitive("Internal", scheme)


def test_naming_a_usual_level_adds_none() -> None:
    """It is sensitive then, and there is still one of it."""
    scheme = own_scheme([], ["restricted", "internal"])
    names = [level.name for level in scheme.levels]
    assert len(names) == len(set(names)) == len(DEFAULT.levels)
    assert is_sensitive("internal", scheme)
    assert classification({"classification": "internal-use"}, scheme) == "internal"
