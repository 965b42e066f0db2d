"""Reminder letters as .docx files, to be mended and sent by whoever reminds."""
