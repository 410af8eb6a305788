"""Scans of text taken apart into mask, ink and paper."""
