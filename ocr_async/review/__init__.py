"""Looking at what was read: where each field stands in its picture, and a page to correct it on.

`evidence` finds the places of the fields, `drawing` draws them. `queue` puts the documents of a job in order, the worst
first; `desk` is what a reviewer can do with them; `app` is the page over it, `sheet` the same as one file to send to
somebody. `report` plots how a job went.
"""
