"""A bundle: one workbook with all that its numbers rest on, which another machine can recompute number for number."""
