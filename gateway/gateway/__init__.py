"""The one door from HTTP into Guanxi. `python -m gateway serve` starts it."""
