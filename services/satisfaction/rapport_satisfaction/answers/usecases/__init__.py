"""Taking answers: from the page, and from other systems."""
