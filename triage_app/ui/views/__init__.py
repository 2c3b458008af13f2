"""The screens: one view a place, each given a desk and nothing else."""
