"""Decisions of billing on plain values: no ORM, no input or output."""
