"""Complaints (投诉): what went wrong, carried to an answer that the customer accepts.

A folder for each subject, from the core outwards; in each the rooms `domain` (decides, never does I/O), `usecases` (verbs),
`store` (tables, aggregates, lists) and `web` (routes, and who may call them). Begin with `cases/domain`.

- `clocks`         core: limits, policies, packs, calendars
- `taxonomies`     core: how complaints and their causes are classified
- `cases`          core: the complaint itself, from filing to its end, and what is said to and by the customer
- `handling`       core: who does it: staff, assignment, escalation, major complaints
- `back_tests`     a policy tried on past complaints
- `correspondence` letters, attachments, pages for customers without an account
- `emergencies`    incidents, plans, drills
- `repairs`        orders to vendors
- `finding`        investigation, causes, trends
- `recovery`       compensation, recovery cases, changes, win-backs
- `figures`        statistics, durations
- `dossiers`       all of a complaint in one document

A subject does its part when something happens to a complaint by a reaction that it declares itself (`subject.py`); the core
calls none of the others. `app.py` puts the subjects together; `access.py`, `measures.py` and `schema.py` are what all share.
"""

ORDER = (
    "clocks",
    "taxonomies",
    "cases",
    "handling",
    "back_tests | correspondence | emergencies | repairs",
    "finding",
    "recovery",
    "dossiers | figures",
)
"""Who may import whom: a subject those before it, never one after it or beside it. `make walls` makes walls of this."""
