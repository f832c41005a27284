"""The front end says nothing of the APIs that the client, typed by the committed documents, does not know."""

from __future__ import annotations

from .conftest import HERE, npm


def test_the_front_end_fits_the_typed_client(node_modules):
    done = npm(HERE, "check")
    assert done.returncode == 0, done.stdout
