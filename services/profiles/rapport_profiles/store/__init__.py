"""The only room that knows SQL: tables, the work with its stores, one module for each group of tables."""
