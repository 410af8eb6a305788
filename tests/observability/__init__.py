"""What operators see, on a real Prometheus."""
