"""The only room of contacts that knows the database: a small constant number of statements for any size of batch."""
