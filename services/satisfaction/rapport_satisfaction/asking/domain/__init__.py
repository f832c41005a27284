"""The rules of asking: `eligibility` decides, `invitations` is the life, `policies` the rules that are data."""
