"""The forms that a responder opens."""
