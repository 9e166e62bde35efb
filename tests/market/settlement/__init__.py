"""Tests of settlement: money and order made one."""
