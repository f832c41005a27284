"""Recovery cases, compensation, changes, win-backs and their figures."""
