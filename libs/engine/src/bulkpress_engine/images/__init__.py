"""What is known of an image, what is to be done with it, and the codecs that do it."""
