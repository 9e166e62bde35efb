"""Tests of price lists."""
