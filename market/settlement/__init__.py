"""Money and order made one."""
