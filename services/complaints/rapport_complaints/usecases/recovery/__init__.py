"""Recovery cases, compensation, changes, win-backs."""
