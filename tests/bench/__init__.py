"""Measurements that are too long for `make test`; each is run by a command of the Makefile and writes its page."""
