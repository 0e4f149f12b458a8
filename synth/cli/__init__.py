"""Commands: arguments in, the steps, what people read out."""
