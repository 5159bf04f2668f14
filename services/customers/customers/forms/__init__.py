"""Web forms: strangers become leads or contacts by them."""
