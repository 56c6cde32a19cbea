/* Moves text between the App frame and the host, and nothing else.
 *
 * Runs in an isolated world of the host page, which belongs to us; the App has no access to it.
 * A message is taken only from the App frame's own window and origin, at a bounded rate and size,
 * and is posted only to that origin. What comes before the channel is up waits, boundedly; before
 * the frame has its App nothing comes and nothing goes.
 */
(config => {
  'use strict';
  const frame = document.getElementById('app');
  const waiting = [];
  let app = '';
  let host = null;
  let tokens = config.burst;
  let dropped = 0;

  setInterval(() => {
    tokens = Math.min(config.burst, tokens + config.perSecond / 10);
    if (dropped && host) { host.dropped(dropped); dropped = 0; }
  }, 100);

  const serialised = data => {
    try { return JSON.stringify(data); } catch { return undefined; }
  };

  const named = data => Number.isInteger(data?.id) ? data.id | 0 : 0;

  addEventListener('message', event => {
    if (!app || event.source !== frame.contentWindow || event.origin !== app) return;
    if (tokens < 1) { dropped += 1; return; }
    tokens -= 1;
    const text = serialised(event.data);
    if (typeof text !== 'string') return;
    tokens -= text.length / config.lengthPerMessage;  // a long one is paid off before the next
    if (text.length > config.maxLength) {
      if (host) host.too_long(text.length, named(event.data), !!event.data?.method);
    } else if (host) {
      host.from_view(text);
    } else if (waiting.length < config.maxWaiting) {
      waiting.push(text);
    }
  });

  const narrow = policy => {  // one more policy for this page: it can only take away
    const meta = document.createElement('meta');
    meta.httpEquiv = 'Content-Security-Policy';
    meta.content = policy;
    document.head.append(meta);
  };

  addEventListener('focus', () => frame.focus());  // a person who comes here wants to go in

  frame.addEventListener('load', () => { if (frame.src) frame.style.opacity = '1'; });

  new QWebChannel(qt.webChannelTransport, channel => {
    host = channel.objects.host;
    host.to_view.connect(text => {
      if (app) frame.contentWindow.postMessage(JSON.parse(text), app);
    });
    host.mount.connect((origin, title, narrowing) => {
      if (app) return;
      app = origin;
      if (narrowing) narrow(narrowing);
      if (title) frame.title = title;
      frame.src = `${origin}/`;
    });
    host.themed.connect((scheme, background) => {
      Object.assign(document.documentElement.style, { colorScheme: scheme, background });
    });
    for (const text of waiting.splice(0)) host.from_view(text);
    host.ready();
  });
})(RELAY_CONFIG);
