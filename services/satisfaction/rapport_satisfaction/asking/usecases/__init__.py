"""What makes candidates, decides about them, sends and ends them."""
