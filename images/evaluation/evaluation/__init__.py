"""How often a served model is right, and how far what it is asked is from what it learned from."""
