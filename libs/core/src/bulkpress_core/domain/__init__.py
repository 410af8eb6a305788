"""Jobs, files and what may become of them: frozen values and tables of moves, no I/O."""
