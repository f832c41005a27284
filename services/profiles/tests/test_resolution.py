from __future__ import annotations

import hashlib

from rapport_contracts.vocabulary import IdentifierKind
from rapport_kernel.ids import new_id
from rapport_profiles.identifiers.domain import Identifier, Ownership, Token
from rapport_profiles.identity.domain import Conflict, Identified, Nobody, Registered, fingerprint, resolve

ANNA, BERT = new_id(), new_id()


def token(kind: str, value: str, scope: str = "") -> Token:
    identifier = Identifier(IdentifierKind(kind), value, value, scope)
    return Token(hashlib.sha256(f"{identifier.family}{value}".encode()).digest(), identifier)


PHONE, OTHER_PHONE, MAIL = token("phone", "+1"), token("phone", "+2"), token("email", "a@b.com")
MEMBER, OTHER_MEMBER = token("member_number", "M1"), token("member_number", "M2")


def book(**known) -> Ownership:
    made = Ownership()
    for customer, tokens in known.values():
        for one in tokens:
            made.give(customer, one.index, one.identifier.family, strong=one.identifier.strong)
    return made


def test_nobody_known_is_registered_with_all_identifiers():
    decision = resolve([PHONE, MAIL], book(), new_id())
    assert isinstance(decision, Registered)
    assert set(decision.attach) == {PHONE, MAIL}


def test_one_known_is_identified_and_the_rest_attached():
    decision = resolve([PHONE, MAIL], book(a=(ANNA, [PHONE])), new_id())
    assert decision == Identified(ANNA, IdentifierKind.PHONE, (MAIL,))


def test_two_customers_are_a_conflict_and_nobody_is_merged():
    known = book(a=(ANNA, [PHONE]), b=(BERT, [MAIL]))
    decision = resolve([PHONE, MAIL], known, new_id())
    assert isinstance(decision, Conflict)
    assert set(decision.candidates) == {ANNA, BERT}
    assert known.owners[PHONE.index] == ANNA and known.owners[MAIL.index] == BERT


def test_edge_11_two_strong_ids_on_one_mail_are_a_conflict_not_a_merge():
    decision = resolve([MAIL, OTHER_MEMBER], book(a=(ANNA, [MAIL, MEMBER])), new_id())
    assert decision == Conflict((ANNA,), (IdentifierKind.MEMBER_NUMBER, IdentifierKind.EMAIL), decision.fingerprint)


def test_edge_11_a_shared_phone_does_not_join_two_people():
    known = book()
    first = resolve([token("external_id", "1", "crm"), PHONE], known, new_id())
    second = resolve([token("external_id", "2", "crm"), PHONE], known, new_id())
    assert isinstance(first, Registered)
    assert isinstance(second, Conflict)
    assert second.candidates == (first.customer_id,)


def test_ids_of_two_sources_do_not_contradict_each_other():
    known = book(a=(ANNA, [PHONE, token("external_id", "1", "crm")]))
    assert isinstance(resolve([PHONE, token("external_id", "9", "billing")], known, new_id()), Identified)


def test_two_strong_ids_of_nobody_at_once_are_a_conflict_without_candidates():
    decision = resolve([MEMBER, OTHER_MEMBER], book(), new_id())
    assert isinstance(decision, Conflict)
    assert decision.candidates == ()


def test_a_ruling_stands_for_the_same_identifiers_in_any_order():
    known = book(a=(ANNA, [PHONE]), b=(BERT, [MAIL]))
    rulings = {fingerprint([MAIL, PHONE]): BERT}
    assert resolve([PHONE, MAIL], known, new_id(), rulings) == Identified(BERT, IdentifierKind.PHONE)
    assert isinstance(resolve([PHONE, MAIL, OTHER_PHONE], known, new_id(), rulings), Conflict)


def test_contacts_of_one_batch_see_each_other():
    known = book()
    first = resolve([PHONE], known, new_id())
    second = resolve([PHONE, MAIL], known, new_id())
    third = resolve([MAIL], known, new_id())
    assert isinstance(first, Registered)
    assert second == Identified(first.customer_id, IdentifierKind.PHONE, (MAIL,))
    assert third == Identified(first.customer_id, IdentifierKind.EMAIL)


def test_nothing_usable_is_nobody():
    assert resolve([], book(), new_id()) == Nobody()


def test_the_same_identifier_twice_is_one():
    decision = resolve([PHONE, PHONE], book(), new_id())
    assert isinstance(decision, Registered)
    assert decision.attach == (PHONE,)
