"""Letters, communications, attachments, and what a customer does on his own page."""
