"""What the operator does by hand or by timer: back up, bring back, change keys, lend roles."""
