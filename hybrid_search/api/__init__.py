"""The HTTP service: a Flask application, and a blueprint for an application of one's own."""
