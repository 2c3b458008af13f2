"""What is true: frozen values and pure functions. No I/O, no wall clock, no Qt."""
