"""A whole history with its seals, and what else belongs to a complaint."""
