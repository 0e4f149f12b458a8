"""What the sentiment pipeline's steps do: comments from Kafka become a version in MLflow's registry."""
