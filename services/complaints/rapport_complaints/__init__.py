"""Complaints (投诉): what went wrong, carried to an answer that the customer accepts.

A folder for each subject, from the core outwards; in each the rooms `domain` (decides, never does I/O), `usecases` (verbs),
`store` (tables, aggregates, lists) and `web` (routes, and who may call them). Begin with `cases/domain`.

- `clocks`         core: limits, policies, packs, calendars
- `taxonomies`     core: how complaints and their causes are classified
- `cases`          core: the complaint itself, from filing to its end, and what is said to and by the customer
- `attachments`    core: files about a complaint, by reference
- `handling`       core: who does it: staff, assignment, escalation, major complaints
- `correspondence` letters, pages for customers without an account
- `emergencies`    incidents, plans, drills
- `recovery`       recovery cases, compensation, its ledger and budgets
- `repairs`        repairs, their limits, vendors
- `scores`         answers to surveys, for `recovery` and `win_backs`
- `win_backs`      customers whom we may lose, and those who are silent
- `back_tests`     a policy tried on past complaints
- `finding`        investigation, causes, trends; changes of ways of working, and their effect on the trends
- `figures`        statistics, durations
- `dossiers`       all of a complaint in one document

A subject does its part when something happens to a complaint by a reaction that it declares itself (`subject.py`); the core
calls none of the others. `app.py` puts the subjects together; `access.py` and `schema.py` are what all share.
"""

ORDER = (
    "clocks",
    "taxonomies",
    "cases",
    "attachments",
    "handling",
    "back_tests | correspondence | emergencies | finding | recovery | repairs | scores | win_backs",
    "dossiers | figures",
)
"""Who may import whom: a subject those before it, never one after it or beside it. `make walls` makes walls of this."""
