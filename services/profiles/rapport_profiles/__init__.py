"""Profiles (客户档案): who the customer is.

A folder for each subject, from the core outwards; in each the rooms `domain` (decides, never does I/O), `usecases` (verbs),
`store` (tables, rows, lists), `web` (routes, and who may call them), and `subject`, which declares what it has.

- `identifiers` core: phone numbers, addresses, member numbers: one form, one owner each, sealed
- `customers`   core: the customer: register, show, correct, stages, completeness
- `identity`    core: who is behind a contact; conflicts that a person decides
- `consents`    leaf: what customers allow
- `timeline`    leaf: everything that happened to a customer, a projection of the log

A core subject may import the ones above it in this list; a leaf may import the core and no other leaf.
`app.py` is the list of subjects, `settings.py` what an installation configures, `schema.py` the catalogue of tables,
`work.py` the unit of work. Begin with `identifiers/domain.py`, then `identity/domain.py`.
"""

ORDER = ("identifiers", "customers", "identity", "consents | timeline")
"""Who may import whom: a subject those before it, never one after it or beside it. `make walls` makes walls of this."""
