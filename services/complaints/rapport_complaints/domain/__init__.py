"""What a complaint may do and what is decided about it; no I/O, no clock: every time is handed in.

- `life`: the states and moves, published and drawn
- `complaint`: the aggregate: one method for each thing that can happen, in sections: taking it in hand and finding out,
  `decision`: proposed, not upheld, appealed, `endings`: told, followed up, closed, and the ways out on the side
  `finding_out`: steps, root cause, latent risk
- `taxonomy`: categories and causes as data, `shipped_taxonomies`; `trends`: what comes up more often, with its policy;
  `statistics`: the arithmetic
- `record`: its facts, `refusals`: what it refuses
- `clocks`: limits that run in business time, pause, warn and are breached
- `policies`: SLA policies and calendars as data
- `incident`, `drill`: emergencies; `emergency_lives`: their tables, `emergency_data`: types, plans and levels as data;
  `chronicle`: an aggregate with a history
- `repair`: repairs; `repair_life`: their table, `repair_limits`: their limits, `repair_data`: limits and vendors as data
- `history`: who did what when; the shape of a note, and what of a row is sealed in its chain; `durations`: how long it took
"""
