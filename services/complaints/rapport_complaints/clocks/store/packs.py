"""The policy packs that are shipped, read from the files in `packs/`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

from pydantic import ValidationError
from rapport_kernel.errors import NotFound

from rapport_complaints.clocks.domain.packs import PolicyPack


class BadPack(ValueError):
    """A pack file that is not as `PolicyPack` says; names the file and the first place that is wrong."""


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, PolicyPack]:
    """The packs by code, in the order of their codes; read once. Raises BadPack."""
    return read_packs(resources.files("rapport_complaints") / "packs")


def pack(code: str) -> PolicyPack:
    """One pack. Raises NotFound."""
    found = shipped().get(code)
    if found is None:
        raise NotFound
    return found


def read_packs(folder: Traversable) -> dict[str, PolicyPack]:
    """All `*.json` of a folder, strictly: an unknown field, a missing one or another type is refused, and so is a file that
    is not named after its code. Raises BadPack."""
    found: dict[str, PolicyPack] = {}
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".json"):
            continue
        try:
            read = PolicyPack.model_validate_json(file.read_bytes())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise BadPack(f"{file.name}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
        if file.name != f"{read.code}.json":
            raise BadPack(f"{file.name}: code: is named after another code")
        found[read.code] = read
    return found
