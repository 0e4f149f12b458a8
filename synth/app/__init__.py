"""From an Environment to its applications: which there are, what each is made from, their files."""
