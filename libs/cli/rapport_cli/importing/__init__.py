"""From a file of somebody else's to the public API: `mapping` says what a column means, `rows` reads, `run` sends."""
