"""The quarantine: pushed items that could not be used wait here until a person mends and replays them, or drops them."""
