"""Pure Python that every domain may use: no I/O, no clock of its own, no third-party import.

- `ids`: time-ordered identifiers
- `clock`: UTC and the refusal of naive times
- `errors`: the one exception tree of the product
- `states`: state tables that the API publishes and a test can walk
- `aggregate`: an object that records what happened to it
- `money`: exact amounts
- `chain`: a history whose rows are sealed by hashes, to be checked by anybody
- `business_time`: calendars with gaps, holidays and make-up working days; clocks that pause
- `wall_time`: the wall clock of a time zone, also on days when the clocks change
"""
