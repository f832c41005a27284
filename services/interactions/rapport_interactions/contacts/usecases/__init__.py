"""What is done with contacts: keep events, fold, time out, link, enter by hand, show. Each runs in one unit of work."""
