"""Fixtures and tools of every test.

`plugin.py` the fixtures; `servers.py` and `keeper.py` PostgreSQL and Kafka of a run; `databases.py`, `topics.py` a fresh
one for each test; `waiting.py` conditions with a deadline; `sockets.py` nothing leaves this machine; `proxy.py` faults on a
TCP connection; `web.py` clients and tokens; `history.py` judges what was acknowledged, published and applied;
`rebuilding.py` proves that projections are what the log says; `product.py` is the whole product as a user starts it, and
`outages.py` and `pushing.py` the drill of a broker that goes and comes back.
"""

from rapport_testing.waiting import eventually

__all__ = ["eventually"]
