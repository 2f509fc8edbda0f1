"""Other people's applications, into which the wheel is installed (``make hosts``)."""
