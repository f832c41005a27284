"""What customers are known by: brought to one form, owned by one customer, found without being readable."""
