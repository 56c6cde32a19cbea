"""An App that shows its result and calls tools, for tests of what is recorded and played again."""

from __future__ import annotations

from tests.helpers.trap_views import page

SCRIPT = """
const show = (id, text) => { document.getElementById(id).textContent = text; };
hears['ui/notifications/tool-result'] = params => show('run', params.content[0].text);
hears['ui/resource-teardown'] = () => ({});
await hello();
for (const [name, args] of %s) {
  const said = await call(name, args).catch(error => ({content: [{text: error.message}]}));
  show('more', said.content[0].text);
}
"""


def talking_app(calls: str, *, paper: str = "white") -> str:
    """The App on *paper*; *calls* is a JavaScript list of [tool, arguments] that it calls."""
    style = f"<style>body {{ background: {paper}; padding: 20px; }}</style>"
    return page(SCRIPT % calls, f"{style}<h1 id=run>waiting</h1><p id=more>waiting")
