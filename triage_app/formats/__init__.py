"""Bytes from and to the outside: one file a format, no SQL, no Qt; every input is untrusted until parsed."""
