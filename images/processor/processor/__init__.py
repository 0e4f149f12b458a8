"""A stream's processor: takes comments as CloudEvents, cleans them and hands them on to Kafka."""
