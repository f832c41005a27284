"""One verb a file. Each is a plain function `async def verb(work, ...)`: one transaction, readable aloud."""
