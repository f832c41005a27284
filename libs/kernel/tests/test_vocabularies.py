"""A vocabulary is a list of codes with a name."""

from __future__ import annotations

import pytest
from rapport_kernel.states import Move, StateTable
from rapport_kernel.vocabularies import Vocabulary


def test_codes_stand_once_and_in_their_order() -> None:
    flags = Vocabulary("complaint-flag", ["major", "vulnerable", "major"])
    assert (flags, flags.name) == (("major", "vulnerable"), "complaint-flag")


def test_a_vocabulary_without_codes_is_refused() -> None:
    with pytest.raises(ValueError, match="the vocabulary 'nothing' has no codes"):
        Vocabulary("nothing", [])


def test_a_life_names_its_states_and_what_is_done() -> None:
    life = StateTable("win-back", "open", [Move("close", "open", "closed")])
    assert (life.states.name, life.actions) == ("win-back-state", "win-back-action")
    told = life.as_dict()
    assert (told["state_vocabulary"], told["move_vocabulary"]) == ("win-back-state", "win-back-action")
