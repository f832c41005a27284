"""One file a command. Heavy parts are imported inside the functions, so that `rapport --help` answers at once."""
