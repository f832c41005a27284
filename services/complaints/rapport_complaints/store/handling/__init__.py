"""Staff, escalations, major complaints."""
