"""Who is calling: cookies of browsers, bearer tokens of programs, and the checks that keep the two apart."""
