from __future__ import annotations

import pickle

from ocr_async.errors import ApiError, AuthError, DeadlineError, OcrError, SourceError, TransportError


def test_a_message_says_what_happened_to_which_picture_and_what_to_do():
    error = ApiError(status=400, code="AIS.0103", message="Too large.", remedy="make it smaller", request_id="r1")
    error.source = "ticket.jpg"

    assert str(error) == "ticket.jpg: HTTP 400 AIS.0103: Too large. To do: make it smaller. (request id r1)"


def test_builtin_classes_catch_what_they_mean():
    assert issubclass(SourceError, ValueError)
    assert issubclass(DeadlineError, TimeoutError)
    assert issubclass(DeadlineError, TransportError)
    assert all(issubclass(kind, OcrError) for kind in (SourceError, DeadlineError, AuthError))


def test_an_error_survives_the_way_to_another_process():
    error = AuthError(status=401, code="APIG.0301", message="No.", request_id="r1")
    error.attempts, error.source = 2, "a.jpg"

    copied = pickle.loads(pickle.dumps(error))

    assert (type(copied), str(copied), copied.attempts) == (AuthError, str(error), 2)
