"""What the operator does: backup, restore, keys, a full disk, production parts."""
