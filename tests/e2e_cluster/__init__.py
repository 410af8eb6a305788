"""The chart on a real cluster: installed, scaled from nothing, upgraded and drained in mid job, and nothing lost."""
