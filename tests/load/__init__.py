"""How a lane scales: a simulation fed with measured times, and one real run that it is held against."""
