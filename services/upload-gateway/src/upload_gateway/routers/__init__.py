"""The routes, by what they are for. A route translates, calls, answers; what goes wrong is told by problems.py."""
