"""Tables and statements of asking; sets go through in one statement each."""
