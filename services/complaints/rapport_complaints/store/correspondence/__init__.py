"""Communications, letters, attachments, links."""
