"""A policy tried on past complaints, declared."""

from __future__ import annotations

from rapport_chassis.subject import Subject

from rapport_complaints.back_tests import web
from rapport_complaints.back_tests.domain import BACK_TEST_LIFE
from rapport_complaints.back_tests.store import RUN
from rapport_complaints.back_tests.usecases import run_back_test

BACK_TESTS = Subject("back-tests", routers=[web.router], lives=[BACK_TEST_LIFE], timers={RUN: run_back_test})
