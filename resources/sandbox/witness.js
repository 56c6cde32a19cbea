/* Tells the host what the engine stopped in the App frame, so that a person can be shown the way.
 *
 * Runs in a world of its own, where the App can neither see nor change it, and speaks through the
 * console with a word that only the host knows. Believed are events of the engine, never a page's.
 */
(config => {
  'use strict';
  if (!self.origin.startsWith(config.apps)) return;  // there is one App in a profile
  let left = config.most;
  // Every View SDK asks once whether code may be made from text, by making a function of nothing,
  // and goes on without. No App fails for want of that.
  const probe = '(function anonymous(\n) {\n\n})';
  const asks = event => event.blockedURI === 'eval' && event.sample === probe;
  const tell = (where, what) => {
    if (left-- > 0) console.debug(config.word + JSON.stringify([where, String(what).slice(0, 250)]));
  };
  const stopped = event => {
    if (event.isTrusted && !asks(event)) tell(event.effectiveDirective, event.blockedURI);
  };
  const notDrawn = event => {
    if (event.isTrusted) tell('canvas', 'webgl');
  };
  const listen = () => {
    addEventListener('securitypolicyviolation', stopped, true);
    addEventListener('webglcontextcreationerror', notDrawn, true);
  };
  listen();
  // `document.open()` takes every listener away, of every world, and all that the document holds.
  new MutationObserver(listen).observe(document, { childList: true });
})(WITNESS_CONFIG);
