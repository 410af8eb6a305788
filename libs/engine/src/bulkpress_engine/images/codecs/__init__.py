"""One codec to a file. A codec knows bytes and pixels, and nothing of documents or decisions."""
