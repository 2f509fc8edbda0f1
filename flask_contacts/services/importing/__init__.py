"""Contacts out of files: CSV, XLSX and vCard.

``reading`` turns a file into a table of texts, ``staging`` keeps its rows, ``columns`` guesses
which column is what, ``planning`` says what would become of each row, ``writing`` does it, and
``steps`` goes through the rows some at a time, so that a killed import can be resumed.
"""
