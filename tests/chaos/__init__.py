"""Parts are killed, stopped and taken away while work goes on, and nothing is lost."""
