"""What Profiles can do, one verb a file."""
