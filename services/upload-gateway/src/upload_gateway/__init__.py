"""FastAPI gateway: takes uploads, shows where jobs stand, hands out results."""
