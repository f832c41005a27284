"""The only room that knows SQLAlchemy.

- `tables`: what is kept; `work`: the unit of work with its stores
- `complaints`: complaints with their clocks, history and timers; `versions`: policies and calendars
- `incidents`: incidents, drills and links of complaints, on `chronicles`; `emergency_lists`: reading them
- `repairs`: repairs, their lists and tallies
- `histories`: a whole history with its seals, `dossiers`: what else belongs to a complaint; `figures_in_depth`, `durations`
- `interactions`: what Interactions said about contacts; `lists`, `similar`, `figures`: reading without loading aggregates
"""
