"""The space audit: what fills a file, and what each level would make of it, without pressing it.

    composition (exact) → inspection → a sample → the passes on it: all of it once, its images for each level

What a level would save follows from the passes themselves, so an estimate knows what they know. It does not know what a
proof would find: it is what a press comes to where nothing has to be given up.
"""
