"""A generated day of a contact centre: `day` invents it, `play` pushes it through the public APIs."""
