"""A region in which nothing answers is left alone, and so is such an account."""

from __future__ import annotations

from posture.sweep.circuit_breaker import REGIONS, UNANSWERED_CALLS_MAX, Silence


def test_a_region_without_answers_is_given_up_and_the_others_are_not() -> None:
    silence = Silence()
    for _ in range(UNANSWERED_CALLS_MAX - 1):
        silence.unheard("eu-west-1")
    assert not silence.over("eu-west-1")

    silence.unheard("eu-west-1")

    assert silence.over("eu-west-1")
    assert not silence.over("eu-west-2")


def test_one_answer_between_is_enough_to_go_on() -> None:
    silence = Silence()
    for _ in range(10 * UNANSWERED_CALLS_MAX):
        silence.unheard("eu-west-1")
        silence.heard("eu-west-1")

    assert not silence.over("eu-west-1")


def test_an_account_that_answers_nowhere_is_given_up_whole() -> None:
    silence = Silence()
    for region in range(REGIONS):
        assert not silence.over("anywhere")
        for _ in range(UNANSWERED_CALLS_MAX):
            silence.unheard(f"region-{region}")

    assert silence.over("anywhere")
    silence.heard("anywhere")
    assert not silence.over("anywhere")
