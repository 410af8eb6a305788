"""Finding out who sends a request: API keys, and tokens of an issuer."""
