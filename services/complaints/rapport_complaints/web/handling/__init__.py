"""Staff, assignment, authority, approvals, escalations, guides, major complaints."""
