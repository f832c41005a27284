"""Generated days of a contact centre: `days` invents the calls, `play` pushes them through the public APIs, and what people
then do is in a module for each subject (`casework` with its table `ways`, `money`, `repairs`, `emergencies`,
`improving`, `identity`, `voices`).

All of it goes under the policies as they are shipped. So some facts do not occur: no limit is extended (no rule in force has
an extension), no offer lapses and no survey expires (these limits count from when they are entered); and what no API decides
yet does not: merges, splits and erasures of customers.
"""
