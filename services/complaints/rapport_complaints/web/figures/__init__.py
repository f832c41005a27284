"""Figures over complaints."""
