"""Backup and restore (decision 0051): `installation.py` finds databases and broker, `manifest.py` is what a backup says of
itself, `dumps.py` runs PostgreSQL's own tools, `offsets.py` asks the broker and sets what groups have read; `taking.py` and
`restoring.py` put them together, and `log_ahead.py` brings a restored service up to its log."""
