"""What a responder does, one verb a function. No Qt."""
