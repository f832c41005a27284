"""Letters, communications, attachments, and the customer's own pages."""
