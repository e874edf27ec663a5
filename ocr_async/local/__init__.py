"""The embedded service: the documented HTTP contract on this machine, with an exchangeable recognizer behind it.

`service` answers HTTP, `recognizer` is the seam, `reading` is the recognizer that reads real pictures.
It meets the rest of the package over HTTP only.
"""
