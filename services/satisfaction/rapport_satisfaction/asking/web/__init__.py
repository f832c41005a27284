"""The routes of invitations and rules, and the preview of a decision."""
