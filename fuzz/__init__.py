"""Coverage-guided fuzzing of every parser of outside bytes: `make fuzz`."""
