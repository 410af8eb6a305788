"""The JBIG2 codec's tests."""
