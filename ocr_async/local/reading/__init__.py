"""Reads real pictures: from pixels to the fields of a document."""
