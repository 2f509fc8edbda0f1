"""Staff users of Flask-AppBuilder: looked up, their roles, their own choices."""
