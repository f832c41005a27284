"""A policy tried on past complaints, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_complaints.back_tests.domain.back_test_life import BACK_TEST_LIFE
from rapport_complaints.back_tests.store.back_tests import RUN
from rapport_complaints.back_tests.usecases.run_back_test import run_back_test
from rapport_complaints.back_tests.web import back_tests

BACK_TESTS = Subject(
    "back-tests", routers=[back_tests.router], lives={"back-test": BACK_TEST_LIFE}, timers={RUN: run_back_test}
)
