"""What is said to the customer and what he says: communications, letters, attachments, links to the public pages."""
