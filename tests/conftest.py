"""How hypothesis draws in every test. What a test needs of the product it gets from the conftest of its package."""

from hypothesis import settings

# The machines are shared and slow at times, and a run must give the same verdict twice.
settings.register_profile("shared", deadline=None, derandomize=True)
settings.load_profile("shared")
