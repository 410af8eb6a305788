"""The gateway, on fakes and a folder, through its own HTTP."""
