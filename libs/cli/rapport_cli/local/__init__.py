"""The local stack: PostgreSQL and Apache Kafka as child processes, from wheels and pinned jars; state in one folder.

`home.py` where state lies and who may use it; `child.py` what a child does before it becomes a server; `process.py` one
child, its pid and its leftovers; `postgres.py`, `kafka.py` the two servers; `jars.py` fetches and verifies Kafka;
`stack.py` starts both, restarts what dies, stops cleanly.
"""
