"""Cyber-incident triage for NHS responders: works offline, loses nothing, exchanges by sealed file."""

__version__ = "0.1.0"
