"""One call, from its source to its result: choose an endpoint, wait at its gate, sign, send, decode; again where that may help.

`call` is the whole of it and `attempt` one try, which `routing` sends to one of the `endpoints`; `health` and `budget`
are what an endpoint has come to.
"""
