"""What images and compose.yaml promise, read from the files themselves."""
