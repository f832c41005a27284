"""Interactions (客户互动): what happened at the touchpoints.

- `domain/`    how pushed events become one interaction, what is announced about it, what the figures mean
- `usecases/`  receive, fold, link, reap, quarantine, enter by hand, list, count
- `store/`     tables and the few statements
- `events.py`  what this service listens to
- `web/`       routes and who may call them
- `app.py`     where the parts are put together
"""
