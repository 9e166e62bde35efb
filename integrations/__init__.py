"""Ground floor: everything that is not ours enters here (vendors, the state, the machine)."""
