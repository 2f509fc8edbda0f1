"""``python -m example_app`` serves the demo."""

from .serve import main

if __name__ == "__main__":
    raise SystemExit(main())
