"""Contacts: call events are kept, folded into one interaction, and published; people enter contacts and link them."""
