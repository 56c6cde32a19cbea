/* No drag begins in an App. A drag carries the App's text to wherever the person lets go, and while
 * it lasts the engine turns an event loop of its own in the window's thread.
 *
 * Runs in an isolated world of every frame before the App's own scripts do, so its listener is the
 * first and cannot be taken away.
 */
addEventListener('dragstart', event => event.preventDefault(), true);
