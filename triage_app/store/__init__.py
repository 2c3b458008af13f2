"""What is kept: the one encrypted file. All SQL lives here."""
