"""The timeline: one line for each public event that concerns a customer."""
