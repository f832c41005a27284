"""Complaints (投诉): what went wrong, carried to an answer that the customer accepts.

- `domain/`    decides, never does I/O
- `usecases/`  one verb a file
- `store/`     tables, aggregates, lists
- `events.py`  what this service listens to, and its timers
- `web/`       routes and who may call them
- `app.py`     where the parts are put together

Every room has the same sub-rooms: `cases` (the complaint itself), `clocks` (limits, policies, calendars, back-tests),
`handling` (who does it), `correspondence`, `finding` (investigation, causes, trends), `recovery` (compensation,
changes, win-backs), `repairs`, `emergencies`, `dossiers`, `figures`. Begin with `domain/cases`.
"""
