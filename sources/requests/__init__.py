"""Requests from afar: workbooks, and what a telephone exchange or operator records of calls."""
