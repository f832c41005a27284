"""What a complaint may do and what is decided about it; no I/O, no clock: every time is handed in.

The sub-rooms have the same names in every room: `cases`, `clocks`, `handling`, `correspondence`, `finding`,
`recovery`, `repairs`, `emergencies`. Here: `chronicle`: an aggregate with a history; `history`: who did what when,
the shape of a note, and what of a row is sealed in its chain; `statistics`: the arithmetic of figures.
"""
