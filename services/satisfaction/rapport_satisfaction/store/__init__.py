"""The only room that knows SQLAlchemy. Aggregates are loaded and saved through `AggregateStore`; sets are one statement."""
