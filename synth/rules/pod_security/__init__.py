"""The Pod Security Standards: which pods of an object a namespace would refuse."""
