"""Rules of identity and profile; pure, no I/O."""
