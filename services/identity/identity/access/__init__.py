"""What users may do: their roles united, and what each contributes."""
