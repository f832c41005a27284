"""Who is behind a contact, and the conflicts that a person decides."""
