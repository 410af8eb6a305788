"""Font programs: who uses them, which glyphs are shown, and the same glyphs in fewer bytes."""
