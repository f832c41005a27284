"""One verb a file; each runs in one unit of work and is readable aloud."""
