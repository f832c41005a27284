"""The dossier as JSON and as PDF."""
