"""What an administrator should look at."""
