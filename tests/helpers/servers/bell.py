"""A widget that is served as an App by `anywidget-mcp`. Imports nothing of the tests."""

from __future__ import annotations

import anywidget  # type: ignore[import-not-found]  # in a folder of its own
import traitlets  # type: ignore[import-not-found]


class Bell(anywidget.AnyWidget):
    """Counts how often it was rung."""

    _esm = "export default { render({ model, el }) { el.textContent = model.get('rings'); } };"
    rings = traitlets.Int(0).tag(sync=True)
