"""The only room that knows the database: tables, and a small constant number of statements for any size of batch."""
