"""Tests of orders: made as agreed, moved by the table."""
