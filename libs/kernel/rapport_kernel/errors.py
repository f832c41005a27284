"""Everything that can be refused, in one tree. A front end reads `code`; one place (the chassis) turns it into HTTP.

    RapportError                 500  internal
    ├── Refused                       the caller can do something about it; never retried by a consumer
    │   ├── Invalid              422  the input has a meaning, and it is wrong
    │   ├── Unauthenticated      401  nobody we know
    │   ├── Forbidden            403  known, but not allowed
    │   ├── NotFound             404  no such thing, or not for this caller
    │   ├── Conflict             409  contradicts what is already there
    │   │   └── NotAllowed       409  the state table has no such move from here; says which it has
    │   ├── VersionConflict      412  somebody else was faster
    │   ├── PreconditionRequired 428  an update must say which version it read (If-Match)
    │   ├── TooLarge             413
    │   └── TooMany              429  with `retry_after` seconds
    └── Unavailable              503  try again in `retry_after` seconds

What an error says to people stands in the register of problems, by its code and in every language of ours; an error carries
the values that the sentence has places for (`params`). They are ours (limits, known names), never what the caller sent: they
reach logs and answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

Param = str | int | float | None | Sequence[str] | Sequence[int]
"""A value that a sentence has a place for: a limit, a name of ours, or several of them."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: where (a path of known field names), a stable code, the values in its sentence. `message` is for
    codes that the register of problems does not know."""

    path: str
    code: str
    message: str = ""
    params: Mapping[str, Param] = field(default_factory=dict)


class RapportError(Exception):
    """Something went wrong on our side.

    Base of all errors of the product. `code` is stable (kebab-case), `status` its HTTP status.
    """

    status = 500
    code = "internal"

    def __init__(self, code: str | None = None, message: str = "", **params: Param) -> None:
        """Takes a stable code more exact than the class's own, and the values in its sentence. `message` is the sentence of
        a code that the register of problems does not know: of errors that no HTTP caller sees."""
        self.code = code or type(self).code
        self.message = message or (type(self).__doc__ or "").split("\n", 1)[0]
        self.params: Mapping[str, Param] = params
        values = ", ".join(f"{name}={value}" for name, value in params.items())
        super().__init__(": ".join(filter(None, [self.code, message, values])))


Declared = type[RapportError] | str
"""A problem as a route declares it: a class stands for its own code; a code of the register says it more exactly."""


class Refused(RapportError):
    """The request cannot be done as it was made."""

    status = 400
    code = "refused"


class Invalid(Refused):
    """The input is not valid."""

    status = 422
    code = "invalid"

    def __init__(
        self, code: str | None = None, message: str = "", fields: Sequence[FieldError] = (), **params: Param
    ) -> None:
        """`fields` lists what is wrong where."""
        super().__init__(code, message, **params)
        self.fields = tuple(fields)

    @classmethod
    def at(cls, path: str, code: str, message: str = "", **params: Param) -> Self:
        """One wrong field, which is all that is wrong."""
        return cls(code, message, [FieldError(path, code, message, params)], **params)


class Unauthenticated(Refused):
    """A valid token or machine key is needed."""

    status = 401
    code = "unauthenticated"


class Forbidden(Refused):
    """The caller may not do this."""

    status = 403
    code = "forbidden"


class NotFound(Refused):
    """There is no such thing."""

    status = 404
    code = "not-found"


class Conflict(Refused):
    """This contradicts what is already there."""

    status = 409
    code = "conflict"


class NotAllowed(Conflict):
    """The state does not allow this move."""

    code = "not-allowed"

    def __init__(self, state: str, move: str, allowed: Sequence[str], message: str = "", of: object | None = None) -> None:
        """`state` is where the thing is, `move` what was asked, `allowed` what is possible from there, `of` the thing."""
        self.state, self.move, self.allowed, self.of = state, move, tuple(allowed), of
        super().__init__(None, message, state=state, move=move, allowed=self.allowed)


class VersionConflict(Refused):
    """The thing was changed since it was read."""

    status = 412
    code = "version-conflict"

    def __init__(self, version: int | None = None, state: str = "", of: object | None = None) -> None:
        """`version` and `state` that it has now, where they are known, and the thing itself (`of`)."""
        super().__init__()
        self.version, self.state, self.of = version, state, of
        self.allowed: Sequence[str] = ()


class PreconditionRequired(Refused):
    """An update must carry If-Match with the version that was read."""

    status = 428
    code = "precondition-required"


class TooLarge(Refused):
    """The request is larger than allowed."""

    status = 413
    code = "too-large"


class TooMany(Refused):
    """Too many requests."""

    status = 429
    code = "too-many"

    def __init__(self, code: str | None = None, message: str = "", retry_after: int = 1, **params: Param) -> None:
        """`retry_after` in whole seconds."""
        super().__init__(code, message, **params)
        self.retry_after = retry_after


class Unavailable(RapportError):
    """A part that is needed does not answer at the moment."""

    status = 503
    code = "unavailable"

    def __init__(self, code: str | None = None, message: str = "", retry_after: int = 2, **params: Param) -> None:
        """`retry_after` in whole seconds."""
        super().__init__(code, message, **params)
        self.retry_after = retry_after
