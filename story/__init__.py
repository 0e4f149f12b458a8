"""The whole story in one run: from a comment in Kafka to a canary on the cluster, and back."""
