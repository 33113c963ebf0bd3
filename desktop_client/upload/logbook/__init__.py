"""A verified copy of the log on this machine: fetched row by row, searched, checked as a whole, handed to auditors."""
