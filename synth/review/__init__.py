"""What a change means, before it is made."""
