"""What the services ask of the world. Each port has a contract suite in tests/contract, run on every adapter."""
