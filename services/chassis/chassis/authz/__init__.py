"""Who may do what: tokens, the control-plane snapshot, and grants as data scopes."""
