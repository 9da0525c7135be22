from tests.imports.conftest import run, take_in

__all__ = ["run", "take_in"]
