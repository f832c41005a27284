"""Tokens that must be refused (drill 46), and how often the issuer is asked for its keys."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey
from rapport_chassis.security.issuer import LocalIssuer
from rapport_chassis.security.tokens import Jwks, Tokens
from rapport_kernel.errors import Unauthenticated, Unavailable

ISSUER = "https://id.example"


class Provider:
    """An OIDC provider: its keys behind a URL that counts, a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.fetched = 0
        self.down = False
        self.keys = [RSAKey.generate_key(2048, {"use": "sig", "kid": "r1"})]
        self.tokens = Tokens(issuer=ISSUER, audience="rapport", keys=self.jwks(), clock=lambda: self.now)

    def jwks(self) -> Jwks:
        def answer(request: httpx.Request) -> httpx.Response:
            self.fetched += 1
            if self.down:
                return httpx.Response(503)
            return httpx.Response(200, json=KeySet(list(self.keys)).as_dict(private=False))

        return Jwks("https://id.example/jwks", clock=lambda: self.now, transport=httpx.MockTransport(answer))

    def sign(self, header: dict[str, Any] | None = None, key: Any = None, alg: str = "RS256", **claims: Any) -> str:
        key = key or self.keys[0]
        payload = {
            "iss": ISSUER, "aud": "rapport", "sub": "agent-7", "scope": "notes:read notes:write", "level": 3,
            "exp": int(self.now) + 600, **claims,
        }  # fmt: skip
        payload = {name: value for name, value in payload.items() if value is not None}
        head = {"alg": alg, "kid": key.kid, "typ": "at+jwt", **(header or {})}
        return jwt.encode({k: v for k, v in head.items() if v is not None}, payload, key, algorithms=[alg])


@pytest.fixture
def provider() -> Provider:
    return Provider()


def _part(value: Any) -> str:
    return _base64(json.dumps(value).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def test_a_good_token_makes_an_actor(provider: Provider) -> None:
    actor = await provider.tokens.verify(provider.sign())
    assert (actor.kind, actor.id, actor.level) == ("person", "agent-7", 3)
    assert actor.scopes == {"notes:read", "notes:write"}


async def test_a_token_of_client_credentials_makes_a_machine(provider: Provider) -> None:
    """RFC 9068: the subject of a program is its client id; a person's token names the client that they use."""
    for client, kind in (("agent-7", "machine"), ("desk", "person"), (None, "person")):
        assert (await provider.tokens.verify(provider.sign(client_id=client))).kind == kind


@pytest.mark.parametrize("kind", [None, "JWT", "at+jwt", "application/at+jwt", "AT+JWT"])
async def test_types_of_access_tokens_are_read(provider: Provider, kind: str | None) -> None:
    assert (await provider.tokens.verify(provider.sign({"typ": kind} if kind else {}))).kind == "person"


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("ES256", ECKey.generate_key("P-256", {"kid": "k"})),
        ("Ed25519", OKPKey.generate_key("Ed25519", {"kid": "k"})),
        ("PS256", RSAKey.generate_key(2048, {"kid": "k"})),
    ],
)
async def test_other_signatures_are_read(provider: Provider, alg: str, key: Any) -> None:
    provider.keys = [key]
    assert (await provider.tokens.verify(provider.sign(key=key, alg=alg))).kind == "person"


def _resigned(provider: Provider, header: dict[str, Any], claims: str | None = None) -> str:
    """A token with any header and claims, rightly signed by the right key."""
    head = _part({"alg": "RS256", "kid": "r1", "typ": "JWT", **header})
    content = f"{head}.{claims or provider.sign().split('.')[1]}"
    private: Any = provider.keys[0].private_key
    return f"{content}.{_base64(private.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _hmac_with_public_key(provider: Provider) -> str:
    content = f"{_part({'alg': 'HS256', 'kid': 'r1'})}.{provider.sign().split('.')[1]}"
    return f"{content}.{_base64(hmac.digest(provider.keys[0].as_pem(private=False), content.encode(), 'sha256'))}"


def _with_own_key(provider: Provider) -> str:
    own = RSAKey.generate_key(2048)
    return provider.sign({"jwk": own.as_dict(private=False), "kid": None}, own)


def _list_claims(provider: Provider) -> str:
    return _resigned(provider, {}, _part(["x"]))


def _swap(token: str, place: int, part: str) -> str:
    parts = token.split(".")
    parts[place] = part
    return ".".join(parts)


BAD: dict[str, Callable[[Provider], str]] = {
    "none": lambda _: (
        f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part({'iss': ISSUER, 'aud': 'rapport', 'sub': 'x', 'exp': 9e9})}."
    ),
    "none with kid": lambda _: f"{_part({'alg': 'none', 'kid': 'r1'})}.{_part({'iss': ISSUER, 'aud': 'rapport'})}.",
    "HMAC with the public key": _hmac_with_public_key,
    "another key under its id": lambda p: p.sign({"kid": "r1"}, RSAKey.generate_key(2048)),
    "another algorithm than the key's": lambda p: p.sign({"kid": "r1"}, ECKey.generate_key("P-256"), alg="ES256"),
    "wrong audience": lambda p: p.sign(aud="another"),
    "no audience": lambda p: p.sign(aud=None),
    "wrong issuer": lambda p: p.sign(iss="https://evil.example"),
    "no issuer": lambda p: p.sign(iss=None),
    "no expiry": lambda p: p.sign(exp=None),
    "expiry as text": lambda p: p.sign(exp="9999999999"),
    "expiry true": lambda p: p.sign(exp=True),
    "for more than a day": lambda p: p.sign(exp=int(p.now) + 24 * 3600 + 60),
    "for ever": lambda p: p.sign(exp=9e15),
    "expiry infinite": lambda p: p.sign(exp=float("inf")),
    "not yet": lambda p: p.sign(nbf=int(p.now) + 120),
    "issued in the future": lambda p: p.sign(iat=int(p.now) + 120),
    "no subject": lambda p: p.sign(sub=None),
    "subject with a line end": lambda p: p.sign(sub="a\nb"),
    "subject of 300": lambda p: p.sign(sub="a" * 300),
    "level 5": lambda p: p.sign(level=5),
    "level 0": lambda p: p.sign(level=0),
    "level true": lambda p: p.sign(level=True),
    "level as text": lambda p: p.sign(level="4"),
    "scope as list": lambda p: p.sign(scope=["notes:read"]),
    "ID token type": lambda p: p.sign({"typ": "secevent+jwt"}),
    "unknown crit": lambda p: _resigned(p, {"crit": ["pay"], "pay": 1}),
    "known crit": lambda p: _resigned(p, {"crit": ["b64"], "b64": True}),
    "own key in jwk": _with_own_key,
    "key by jku": lambda p: _resigned(p, {"jku": "https://evil.example/jwks"}),
    "key by x5u": lambda p: _resigned(p, {"x5u": "https://evil.example/cert"}),
    "certificate in x5c": lambda p: _resigned(p, {"x5c": ["AA=="]}),
    "unknown header": lambda p: _resigned(p, {"zip": "DEF"}),
    "kid as number": lambda p: _resigned(p, {"kid": 1}),
    "claims changed": lambda p: _swap(
        p.sign(), 1, _part({"iss": ISSUER, "aud": "rapport", "sub": "admin", "exp": 9999999999})
    ),
    "signature cut": lambda p: p.sign()[:-10],
    "no signature": lambda p: p.sign().rpartition(".")[0] + ".",
    "two parts": lambda p: p.sign().rpartition(".")[0],
    "five parts": lambda p: p.sign() + ".a.b",
    "not base64": lambda _: "§.§.§",
    "empty": lambda _: "",
    "a megabyte": lambda _: "a" * 1_000_000,
    "claims that are a list": _list_claims,
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_token_is_refused(provider: Provider, name: str) -> None:
    assert (await provider.tokens.verify(provider.sign())).kind == "person"
    with pytest.raises(Unauthenticated):
        await provider.tokens.verify(BAD[name](provider))


async def test_the_signed_helper_signs_rightly(provider: Provider) -> None:
    """Else the tests with odd headers would be refused for their signature only."""
    assert (await provider.tokens.verify(_resigned(provider, {}))).kind == "person"


async def test_a_token_ends_on_time_with_a_leeway(provider: Provider) -> None:
    token = provider.sign(exp=int(provider.now) + 10)
    assert (await provider.tokens.verify(token)).kind == "person"
    provider.now += 39
    assert (await provider.tokens.verify(token)).kind == "person"
    provider.now += 2
    with pytest.raises(Unauthenticated) as refused:
        await provider.tokens.verify(token)
    assert refused.value.code == "token-expired"
    with pytest.raises(ValueError, match="leeway"):
        Tokens(issuer=ISSUER, audience="x", keys=provider.jwks(), leeway=61)


async def test_a_flood_of_unknown_keys_asks_the_issuer_once_a_minute(provider: Provider) -> None:
    await provider.tokens.verify(provider.sign())
    assert provider.fetched == 1
    stranger = RSAKey.generate_key(2048)
    provider.now += 61
    for number in range(200):
        with pytest.raises(Unauthenticated):
            await provider.tokens.verify(provider.sign({"kid": f"unknown-{number}"}, stranger))
    assert provider.fetched == 2
    provider.now += 61
    for number in range(200):
        with pytest.raises(Unauthenticated):
            await provider.tokens.verify(provider.sign({"kid": f"unknown-{number}"}, stranger))
    assert provider.fetched == 3


async def test_a_new_key_of_the_issuer_is_found(provider: Provider) -> None:
    await provider.tokens.verify(provider.sign())
    fresh = RSAKey.generate_key(2048, {"kid": "r2"})
    provider.keys = [fresh]
    provider.now += 61
    assert (await provider.tokens.verify(provider.sign(key=fresh))).kind == "person"
    assert provider.fetched == 2


async def test_a_withdrawn_key_is_forgotten_in_ten_minutes(provider: Provider) -> None:
    old = provider.keys[0]
    await provider.tokens.verify(provider.sign())
    provider.keys = [RSAKey.generate_key(2048, {"kid": "r2"})]
    provider.now += 601
    with pytest.raises(Unauthenticated):
        await provider.tokens.verify(provider.sign(key=old))


async def test_an_issuer_that_is_down_does_no_harm_once_its_keys_are_known(provider: Provider) -> None:
    provider.down = True
    with pytest.raises(Unavailable):
        await provider.tokens.verify(provider.sign())
    provider.down = False
    provider.now += 6
    assert (await provider.tokens.verify(provider.sign())).kind == "person"
    provider.down = True
    provider.now += 3000
    assert (await provider.tokens.verify(provider.sign())).kind == "person"


async def test_a_shared_secret_in_the_key_set_is_no_key(provider: Provider) -> None:
    secret = OctKey.generate_key(256, {"kid": "s"})
    provider.keys = [RSAKey.generate_key(2048, {"kid": "r1"}), secret]  # type: ignore[list-item]
    document = {"keys": [provider.keys[0].as_dict(private=False), secret.as_dict(private=True)]}
    jwks = Jwks("https://x", transport=httpx.MockTransport(lambda _: httpx.Response(200, json=document)))
    assert (await jwks.key("r1")).kid == "r1"
    with pytest.raises(Unauthenticated):
        await jwks.key("s")


async def test_the_local_issuer_signs_what_a_service_accepts(tmp_path: Path) -> None:
    issuer = LocalIssuer(tmp_path / "keys")
    tokens = Tokens(issuer=issuer.issuer, audience=issuer.audience, keys=Jwks(str(issuer.jwks)))
    actor = await tokens.verify(issuer.mint("agent-7", ["notes:read"], level=2))
    assert (actor.id, sorted(actor.scopes), actor.level) == ("agent-7", ["notes:read"], 2)
    again = LocalIssuer(tmp_path / "keys")
    assert (await tokens.verify(again.mint("agent-8", []))).kind == "person"
    private = tmp_path / "keys" / "issuer.key.json"
    assert private.stat().st_mode & 0o777 == 0o600
    assert '"d"' not in issuer.jwks.read_text()
    with pytest.raises(Unauthenticated):
        await tokens.verify(issuer.mint("agent-7", [], exp=int(time.time()) - 60))


async def test_without_an_issuer_nobody_gets_in(tmp_path: Path) -> None:
    missing = Jwks(str(tmp_path / "nowhere.json"))
    with pytest.raises(Unavailable):
        await missing.key("x")
    broken = tmp_path / "broken.json"
    broken.write_bytes(orjson.dumps({"keys": "no"}))
    with pytest.raises(Unavailable):
        await Jwks(str(broken)).key("x")
