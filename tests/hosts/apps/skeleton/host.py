"""The skeleton, as the story starts it: everything happens when it is imported."""

TABLES = "fab"


def create_app():
    """The application, made by the import."""
    from app import app

    return app
