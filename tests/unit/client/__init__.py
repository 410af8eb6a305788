"""The client: the command, the SDK, the local stack."""
