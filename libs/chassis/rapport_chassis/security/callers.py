"""Who is calling: a person with a token, a machine with a key, or nobody we know."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rapport_contracts.codes import is_staff_id
from rapport_kernel.errors import Forbidden, Unauthenticated

from rapport_chassis.actor import Actor
from rapport_chassis.security.denials import Denials
from rapport_chassis.security.limits import Limiter, Standing
from rapport_chassis.security.machine_keys import PREFIX, MachineKeys
from rapport_chassis.security.scopes import Allow, _Public
from rapport_chassis.security.tokens import Tokens

ANYBODY = Actor("customer", "anonymous")
"""Who acts on a public route; the route's own token (of an invitation, say) tells more."""


class Callers:
    """The gate of one service: authentication, then limits, then scope and level. Who lacks a right is noted."""

    def __init__(
        self, tokens: Tokens | None, machine_keys: MachineKeys | None, limiter: Limiter, denials: Denials | None = None
    ) -> None:
        """Without `tokens` no person gets in, without `machine_keys` no machine: there is no way to switch the gate off."""
        self._tokens = tokens
        self._machine_keys = machine_keys
        self.limiter = limiter
        self._denials = denials

    async def admit(
        self,
        allow: Allow,
        headers: Mapping[bytes, bytes],
        address: str,
        note: Callable[[Standing], None] = lambda _: None,
        operation: str = "",
        *,
        acting: bool = False,
    ) -> Actor:
        """The caller, if they may call `operation`. Raises Unauthenticated, Forbidden, TooMany, Unavailable. `note` is told
        how the caller stands with the limit that holds for them, before any refusal. `acting`: who did it goes to topics, so
        an id that is not opaque is refused with `staff-id-not-opaque`."""
        if isinstance(allow, _Public):
            standing = await self.limiter.public(address)
            note(standing)
            standing.check()
            return ANYBODY
        try:
            actor = await self.recognise(headers)
        except Unauthenticated:
            standing = await self.limiter.failed(address)
            note(standing)
            standing.check()
            raise
        standing = await self.limiter.principal(str(actor))
        note(standing)
        standing.check()
        try:
            allow.check(actor)
            if acting:
                _demand_opaque(actor)
        except Forbidden as refused:
            if self._denials is not None:
                await self._denials.note(actor, operation, refused.code)
            raise
        return actor

    async def recognise(self, headers: Mapping[bytes, bytes]) -> Actor:
        """The caller, whatever they may do; counts nothing. Raises Unauthenticated, Unavailable."""
        kind, _, credential = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        credential = credential.strip()
        if kind.lower() != "bearer" or not credential:
            raise Unauthenticated
        if credential.startswith(PREFIX):
            if self._machine_keys is not None:
                return await self._machine_keys.verify(credential)
        elif self._tokens is not None:
            return await self._tokens.verify(credential)
        raise Unauthenticated


def _demand_opaque(actor: Actor) -> None:
    if actor.kind == "person" and not is_staff_id(actor.id):
        raise Forbidden("staff-id-not-opaque")
