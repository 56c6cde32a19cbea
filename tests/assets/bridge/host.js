// A plain web host on the official bridge and client: what ours is measured and compared with.
//
// host.html?tool=…&arguments=…&rounds=…&trips=…&separate=…&keep=…&settle=…: it opens the App of a
// tool *rounds* times, one after the other, and posts what it measured to /figures. *trips*: one more
// App is asked for so many trips to its server.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const query = new URLSearchParams(location.search);
const tool = query.get("tool");
const address = new URL(query.get("server") ?? "/mcp", location);
const given = JSON.parse(query.get("arguments") ?? "{}");
const me = { name: "a-plain-host", version: "1" };
const abilities = { openLinks: {}, serverTools: {}, serverResources: {}, logging: {} };
const context = {
  theme: "light", displayMode: "inline", platform: "desktop", locale: "en", timeZone: "UTC",
  containerDimensions: { width: 720, maxHeight: 800 },
};
let opened = 0;

const place = () => {
  const name = query.get("separate") ? `v${(opened += 1)}.localhost` : "localhost";
  return `http://${name}:${location.port}/sandbox.html`;
};

const heard = (frame, method) => new Promise(done => {
  const listen = event => {
    if (event.source !== frame.contentWindow || event.data?.method !== method) return;
    removeEventListener("message", listen);
    done();
  };
  addEventListener("message", listen);
});

const template = async (client, name) => {
  const { tools } = await client.listTools();
  const meta = tools.find(each => each.name === name)._meta;
  const uri = meta.ui?.resourceUri ?? meta["ui/resourceUri"];
  const [{ text, blob }] = (await client.readResource({ uri })).contents;
  return text ?? new TextDecoder().decode(Uint8Array.from(atob(blob), c => c.charCodeAt(0)));
};

const open = async (client, html, input) => {
  const started = performance.now();
  const called = client.callTool({ name: tool, arguments: input });
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
  frame.style.cssText = "width: 720px; height: 800px";
  const ready = heard(frame, "ui/notifications/sandbox-proxy-ready");
  frame.src = place();
  document.body.append(frame);
  await ready;
  const bridge = new AppBridge(client, me, abilities, { hostContext: context });
  const initialized = new Promise(done => { bridge.oninitialized = done; });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  await bridge.sendSandboxResourceReady({ html });
  await initialized;
  const took = performance.now() - started;
  await bridge.sendToolInput({ arguments: input });
  await bridge.sendToolResult(await called);
  return { took, close: async () => {
    await bridge.teardownResource({}).catch(() => {});
    await bridge.close();
    frame.remove();
  } };
};

const pause = seconds => new Promise(done => setTimeout(done, seconds * 1000));

const client = new Client(me, { capabilities: { extensions: {
  "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } } } });
await client.connect(new StreamableHTTPClientTransport(address));
const html = await template(client, tool);
const took = [];
for (let round = 0; round < Number(query.get("rounds")); round += 1) {
  const app = await open(client, html, given);
  took.push(app.took);
  if (!query.get("keep")) await app.close();
}
if (query.get("trips")) await open(client, html, { ...given, trips: Number(query.get("trips")) });
await pause(Number(query.get("settle") ?? 0));
await fetch("/figures", { method: "POST", body: JSON.stringify({ took }) });
