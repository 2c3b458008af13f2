"""The command line: everything a window can do to data, on the same services."""
