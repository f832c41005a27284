"""The tables of Profiles, one revision after the other."""
