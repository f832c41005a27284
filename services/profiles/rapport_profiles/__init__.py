"""Profiles (客户档案): who the customer is. The rooms, from the outside in:

- `app`: where the parts are put together; `settings`: what it must be told
- `web/`: routes, request and response models, who may call what; `events`: event in -> use case
- `usecases/`: one verb a file
- `store/`: the only room that knows SQL; `migrations/`: its tables
- `domain/`: identifiers and how they are normalised, who is behind a contact, the customer's life, consent,
  completeness, and what the timeline says of each event
"""
