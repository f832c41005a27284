"""Putting right (S53, S54, S64-S69): recovery cases, compensation, changes, win-backs; each with its table and policy."""
