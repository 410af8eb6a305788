"""The page for people, driven by a real browser on the real system."""
