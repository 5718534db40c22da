"""Stories are found by being here: a module with a SUMMARY and tell(pc)."""
import importlib
import pkgutil


def find() -> dict:
    """{name: module} of all stories."""
    found = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if hasattr(module, "tell"):
            found[info.name] = module
    return found
