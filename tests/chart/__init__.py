"""The chart, rendered by helm: what every platform team checks, and what ours must promise besides."""
