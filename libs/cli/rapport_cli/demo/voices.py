"""Customers who are asked, and what they say: the messaging gateway sends links, people answer or do not."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from rapport_cli.client import Api
from rapport_cli.demo.steps import Step, Steps, wait_for
from rapport_cli.problems import UNREACHABLE, CommandError

MOST_ASKED = 90
SILENT = 0.25
GATEWAY_DAYS = 2
"""Of those who are asked; of those who are silent."""
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
MOODS = (0.55, 0.23, 0.22)
"""Happy, in between, unhappy."""
OFF_THE_SCALE = 99
COMMENTS = {"happy": "Friendly and quick.", "so-so": "It took its time.", "unhappy": "I had to explain it three times."}
CONFLICT = 409
FOLLOWED_UP: tuple[tuple[str, dict[str, Any]], ...] = (
    ("record-attempt", {"reached": True}),
    ("record-cause", {"cause": "waiting-time"}),
    ("record-action", {"action": "callback-and-apology"}),
    ("confirm", {"satisfied": True}),
    ("close", {}),
)
NEVER_REACHED: tuple[tuple[str, dict[str, Any]], ...] = (*(("record-attempt", {"reached": False}),) * 3, ("close", {}))
"""As often as the shipped rule for follow-ups wants it tried."""


@dataclass
class Answered:
    """What came back. `followed_up` is the customer whose case was closed."""

    sent: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    followed_up: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON output."""
        names = ("happy", "so-so", "unhappy", "off the scale", "silent", "unreachable")
        return {"asked": self.sent, **{name: self.answers[name] for name in names}, "followed_up": self.followed_up}


@dataclass
class Voices:
    """Sends the invitations that came out of these finished contacts and closed complaints, and answers them.

    `as_program` makes an API client that carries a machine key: only a messaging gateway is given the links.
    """

    api: Api
    as_program: Callable[[str], Api]
    dice: random.Random
    steps: Steps
    contacts: set[str]
    complaints: set[str]

    def speak(self) -> Answered:
        """Send, answer, and close the loop with one who is unhappy. Raises CommandError."""
        told = Answered()
        metrics = {survey["key"]: survey["metric"] for survey in self.api.pages("/satisfaction/v1/surveys")}
        if not self.contacts:
            return told
        with self.steps.step("Deciding whom to ask", len(self.contacts | self.complaints)) as step:
            due = wait_for(lambda: self._due(step), "decision about every contact")[:MOST_ASKED]
        made = self.api.post(
            "/satisfaction/v1/machine-keys",
            {"name": "Demonstration", "source": "demo", "scopes": ["satisfaction:send"], "days": GATEWAY_DAYS},
        )
        with (
            self.steps.step("Asking customers", len(due)) as step,
            self.as_program(made["key"]) as gateway,
            httpx.Client(timeout=30) as public,
        ):
            for number, invitation in enumerate(due):
                self._ask(gateway, public, invitation, metrics[invitation["survey"]], number, told)
                step.done(number + 1)
                step.say(", ".join(f"{count} {name}" for name, count in told.answers.most_common()))
        self.api.post(f"/satisfaction/v1/machine-keys/{made['id']}:revoke", {"reason": "demonstration-over"})
        if told.answers["unhappy"]:
            with self.steps.step("Calling unhappy ones back") as step:
                told.followed_up = self._call_back(due, told)
                step.say(f"one closed, {told.answers['unreachable']} not reached")
        return told

    def _due(self, step: Step) -> list[dict[str, Any]] | None:
        """Who is to be asked, those about a complaint first; None while something of the day is still undecided."""
        ours, seen = [], set()
        for each in self.api.pages("/satisfaction/v1/invitations"):
            about = each["complaint_id"] if each["subject"] == "complaint" else each["interaction_id"]
            if about in self.contacts | self.complaints:
                ours.append(each)
                seen.add(about)
        step.done(len(seen))
        step.say(", ".join(f"{count} {name}" for name, count in Counter(_decision(e) for e in ours).most_common()))
        open_ones = sum(each["reason"] in {"customer-unknown", "considered"} for each in ours)
        if open_ones or seen != self.contacts | self.complaints:
            return None
        return sorted((each for each in ours if each["state"] == "scheduled"), key=lambda each: str(each["subject"]))

    def _ask(
        self, gateway: Api, public: httpx.Client, invitation: dict[str, Any], metric: str, number: int, told: Answered
    ) -> None:
        """Send one link; its holder answers or does not. One who may no longer be asked is left alone."""
        sent = gateway.call("POST", f"/satisfaction/v1/invitations/{invitation['id']}:send", json={}, fine={CONFLICT})
        if sent is None:
            return
        told.sent += 1
        if number > 1 and self.dice.random() < SILENT:
            told.answers["silent"] += 1
            return
        low, high = SCALES[metric]
        mood = "unhappy" if number == 0 else self.dice.choices(("happy", "so-so", "unhappy"), MOODS)[0]
        score = {
            "happy": self.dice.choice((high, high, high - 1)) if metric == "nps" else high,
            "so-so": high - 2 if metric == "nps" else high - 1,
            "unhappy": self.dice.randint(low, (low + high) // 2 - 1),
        }[mood]
        if number == 1:
            mood, score = "off the scale", OFF_THE_SCALE
        comment = {"comment": COMMENTS[mood]} if mood in COMMENTS and self.dice.random() < 1 / 2 else {}
        _answer(public, sent["link"], {"score": score, **comment}, refused=mood == "off the scale")
        told.answers[mood] += 1

    def _call_back(self, due: list[dict[str, Any]], told: Answered) -> str:
        """Close the loop with one of them, and with another whom nobody reaches, if there are two; the customer of the
        first."""
        ours = {each["id"] for each in due}

        def opened() -> list[dict[str, Any]] | None:
            cases = self.api.pages("/satisfaction/v1/follow-ups", state="opened")
            return [case for case in cases if case["invitation_id"] in ours] or None

        reached, *others = wait_for(opened, "follow-up of an unhappy answer")
        self._follow_up(reached, FOLLOWED_UP)
        for case in others[:1]:
            self._follow_up(case, NEVER_REACHED)
            told.answers["unreachable"] += 1
        return str(reached["customer_id"])

    def _follow_up(self, case: dict[str, Any], acts: tuple[tuple[str, dict[str, Any]], ...]) -> None:
        for verb, body in acts:
            self.api.post(f"/satisfaction/v1/follow-ups/{case['id']}:{verb}", body, once=True)


def _decision(invitation: dict[str, Any]) -> str:
    return "to be asked" if invitation["state"] == "scheduled" else str(invitation["reason"])


def _answer(public: httpx.Client, link: str, answers: dict[str, Any], *, refused: bool) -> None:
    """What a customer sends through their link."""
    try:
        answer = public.post(link, json={"answers": answers}, headers={"Accept": "application/json"})
    except httpx.TransportError as error:
        raise CommandError(f"the link of a survey does not answer ({type(error).__name__})", UNREACHABLE) from None
    if not refused and answer.is_error:
        raise CommandError(f"an answer to a survey was refused: {answer.status_code}")
