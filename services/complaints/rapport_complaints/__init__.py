"""Complaints (投诉): what went wrong, carried to an answer that the customer accepts.

- `domain/`    the life of a complaint, its clocks, policies and calendars: decides, never does I/O
- `usecases/`  one verb a file
- `store/`     tables, aggregates, lists
- `events.py`  what this service listens to, and its timers
- `web/`       routes and who may call them
- `app.py`     where the parts are put together
"""
