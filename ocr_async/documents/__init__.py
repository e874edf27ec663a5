"""The document types: what each API takes, and the typed result that it gives back."""
