"""What holds for all tests."""

# Compiling 8-bit moments imports setuptools, which puts its own distutils in the place of Python's and fails where
# something has imported that before: here many tests share a process.
import setuptools  # noqa: F401
