"""Teams: the tree that data scopes follow."""
