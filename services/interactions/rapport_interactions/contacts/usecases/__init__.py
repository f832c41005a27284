"""What this service can do, one verb a file."""
