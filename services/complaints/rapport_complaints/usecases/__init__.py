"""One verb a file. Each is a plain function `async def verb(work, ...)`: one transaction, readable aloud.

Where a case only goes along its own table, with a line or two for each step, its verbs stand together:
`emergencies/advance_incident`, `repairs/advance_repair`. Here: `command`, `chronicled`: what all commands on a complaint,
and on another aggregate with a history, have in common.
"""
