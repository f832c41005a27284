"""The complaint (S48-S54): what can happen to it, and in which order.

`life`: states and moves, published and drawn; `complaint`: the aggregate, with `decision` (proposed, not upheld,
appealed) and `endings` (told, followed up, closed, the ways out on the side); `record`: its facts; `refusals`: what
it refuses.
"""
