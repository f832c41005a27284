"""Satisfaction (满意度): who is asked and why not, what they answer, what the scores are, who is called back.

A folder for each subject, from the core outwards; in each the rooms `domain` (decides, never does I/O), `usecases` (verbs),
`store` (tables, aggregates, lists) and `web` (routes, and who may call them); a room with little in it is one file. Begin
with `asking/domain/eligibility.py`.

- `surveys`    core: what is asked, in versions
- `asking`     core: who is asked: rules, eligibility, invitations, facts from other services
- `answers`    core: the public page, answers that count and those that do not, answers given elsewhere
- `scores`     NPS, CSAT, CES with their intervals
- `follow_ups` unhappy customers are called back

`app.py` lists them; `schema.py` is the catalogue of their tables; `shipping.py` brings in what is in `shipped/`.
"""

ORDER = ("surveys", "asking", "answers", "follow_ups | scores")
"""Who may import whom: a subject those before it, never one after it or beside it. `make walls` makes walls of this."""
