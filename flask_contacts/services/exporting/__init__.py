"""Contacts into files: CSV, XLSX and vCard, of which an import makes the same contacts again."""
