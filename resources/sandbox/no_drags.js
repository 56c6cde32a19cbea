/* No drag begins in an App. A drag carries the App's text to wherever the person lets go, and while
 * it lasts the engine turns an event loop of its own in the window's thread.
 *
 * Runs in an isolated world of every frame before the App's own scripts do, so its listener is the
 * first and cannot be taken away one by one. `document.open()` takes away all there are, of every
 * world: then it is back before the App's next event, if no longer the first (see `edge`).
 */
(() => {
  'use strict';
  const refuse = event => event.preventDefault();
  const listen = () => addEventListener('dragstart', refuse, true);
  listen();
  new MutationObserver(listen).observe(document, { childList: true });
})();
