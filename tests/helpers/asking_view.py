"""A View that asks of its host what the ext-apps project's host conformance Views can see from
inside themselves, under the same names (tests/conformance/host_views.py), and tells the answers.
"""

from __future__ import annotations

from tests.helpers.trap_views import page

ASKED = "https://asked.example.com"
"""What its template declares, and nobody has granted."""
IN_VIEW = (
    *("lifecycle/initialize-capabilities", "context/initialize-hostcontext"),
    *("lifecycle/tool-input", "lifecycle/tool-result", "lifecycle/tool-input-partial-stop"),
    *("tools/proxy-call", "visibility/app-tool-call-guard", "capabilities/server-passthrough"),
    *("display/return-resulting-mode", "display/no-undeclared-mode"),
    *("display/unavailable-returns-current", "security/sandbox-distinct-origin"),
    *("security/sandbox-permissions", "security/csp-no-loosening"),
    *("security/csp-construct-from-domains", "dimensions/listen-size-changed"),
)
VIEW = page(
    """
const order = [], input = Promise.withResolvers(), result = Promise.withResolvers();
hears['ui/notifications/tool-input-partial'] = () => { order.push('partial'); };
hears['ui/notifications/tool-input'] = p => { order.push('input'); input.resolve(p); };
hears['ui/notifications/tool-result'] = p => { order.push('result'); result.resolve(p); };
hears['ui/notifications/host-context-changed'] = p => { if (p.theme) tell('theme', p.theme); };
const {hostCapabilities, hostContext} = await hello({availableDisplayModes: ['inline']});
follow();
const refused = promise => promise.then(() => false, () => true);
const mode = async wanted => (await ask('ui/request-display-mode', {mode: wanted})).mode;
const throws = work => { try { work(); return false; } catch { return true; } };
const policy = () => new Promise(done => {
  addEventListener('securitypolicyviolation', e => done(e.originalPolicy), {once: true});
  fetch('https://undeclared.example.net/').catch(() => 0);
});
const grown = async () => {
  const before = innerHeight;
  document.body.append(Object.assign(document.createElement('div'), {style: 'height: 320px'}));
  await new Promise(done => {
    addEventListener('resize', () => { if (innerHeight > before) done(); });
    setTimeout(done, 5000);
  });
  return innerHeight > before;
};
const given = await input.promise, came = await result.promise;
const {content} = await call('probe', {ping: 'hello'});
const {resources} = await ask('resources/list', {});
const stated = await policy();
tell('asked', {
  'lifecycle/initialize-capabilities': !!hostCapabilities.serverTools,
  'context/initialize-hostcontext': hostContext.displayMode === 'inline',
  'lifecycle/tool-input': given.arguments.bed === 'tomatoes',
  'lifecycle/tool-result': came.content[0].text === 'fine',
  'lifecycle/tool-input-partial-stop': order.join() === 'input,result',
  'tools/proxy-call': content[0].text === 'fine',
  'visibility/app-tool-call-guard': await refused(call('model_only', {})),
  'capabilities/server-passthrough': resources.some(r => r.uri === 'ui://shop/look.html'),
  'display/return-resulting-mode': await mode('inline') === 'inline',
  'display/no-undeclared-mode': await mode('pip') !== 'pip',
  'display/unavailable-returns-current': await mode('fullscreen') === hostContext.displayMode,
  'security/sandbox-distinct-origin': throws(() => parent.location.href),
  'security/sandbox-permissions': origin !== 'null',
  'security/csp-no-loosening': await refused(fetch('https://undeclared.example.net/')),
  'security/csp-construct-from-domains': stated.includes(`CONNECT`),
  'dimensions/listen-size-changed': await grown(),
});
"""
)
