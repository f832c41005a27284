"""Finding out (S51, S52, S55, S56): steps, root causes, latent risk, categories and causes as data, trends."""
