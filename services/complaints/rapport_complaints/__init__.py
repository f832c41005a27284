"""Complaints (投诉): what went wrong, carried to an answer that the customer accepts.

A folder for each subject, from the core outwards; in each the rooms `domain` (decides, never does I/O), `usecases` (verbs),
`store` (tables, aggregates, lists) and `web` (routes, and who may call them). Begin with `cases/domain`.

- `taxonomies`     core: how complaints and their causes are classified
- `clocks`         core: limits, policies, packs, calendars
- `cases`          core: the complaint itself, from filing to its end, and what is said to and by the customer
- `handling`       core: who does it: staff, assignment, escalation, major complaints
- `correspondence` letters, attachments, pages for customers without an account
- `finding`        investigation, causes, trends
- `recovery`       recovery cases, compensation, its ledger and budgets
- `changes`        changes of ways of working that cause complaints, and their effect
- `win_backs`      customers whom we may lose, and those who are silent
- `scores`         answers to surveys, for `recovery` and `win_backs`
- `repairs`        repairs, their limits, vendors
- `emergencies`    incidents, plans, drills
- `back_tests`     a policy tried on past complaints
- `figures`        statistics, durations
- `dossiers`       all of a complaint in one document

`app.py` puts the parts together; `events.py` is what this service listens to, and its timers; `work.py` its unit of work.
"""
