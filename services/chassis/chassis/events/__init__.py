"""What happened: written with the change, published in order, handled once."""
