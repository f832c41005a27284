"""What Rapport does in a second on this machine, beside what its database and broker do without it (`make bench`)."""
