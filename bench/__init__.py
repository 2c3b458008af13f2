"""The benchmark suite: ours beside the raw limit or what a user would use instead, in the same run."""
