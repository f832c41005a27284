"""From filing to closing a complaint, and the ways out on the side."""
