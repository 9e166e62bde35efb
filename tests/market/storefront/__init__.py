"""Tests of the shop's public pages."""
