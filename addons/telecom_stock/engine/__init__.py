"""Decisions of shops and stock on plain values: no ORM, no input or output."""
