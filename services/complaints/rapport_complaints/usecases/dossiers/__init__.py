"""The dossier of a complaint, and whether its history is whole."""
