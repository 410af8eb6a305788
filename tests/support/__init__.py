"""What the tests share: servers, makers of PDFs."""
