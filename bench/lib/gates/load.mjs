// A process that asks a webhook server as an API server does: so many requests a second on kept connections, whether the
// answers before have come or not. Writes what it saw as JSON to stdout.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

const { url, caFile, bodiesFile, perSecond, seconds, connections } = JSON.parse(process.argv[2]);
const bodies = JSON.parse(readFileSync(bodiesFile, 'utf8')).map((body) => Buffer.from(JSON.stringify(body)));
const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo', ca: readFileSync(caFile) });
const target = new URL(url);

/** In milliseconds, from when the request should have been sent. */
const latencies = [];
const outcomes = { allowed: 0, denied: 0, failed: 0 };
let open = 0;

function send(index, due) {
  open++;
  const body = bodies[index % bodies.length];
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const asked = request(target, { method: 'POST', agent, headers }, (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('end', () => {
      latencies.push(performance.now() - due);
      open--;
      note(response.statusCode, Buffer.concat(chunks).toString());
    });
  });
  asked.on('error', () => {
    open--;
    outcomes.failed++;
  });
  asked.end(body);
}

function note(status, text) {
  if (status !== 200) outcomes.failed++;
  else if (text.includes('"allowed":true')) outcomes.allowed++;
  else outcomes.denied++;
}

const begun = performance.now();
const total = perSecond * seconds;
let sent = 0;
await new Promise((resolve) => {
  const turn = () => {
    const now = performance.now();
    const due = Math.min(total, Math.floor(((now - begun) / 1000) * perSecond));
    for (; sent < due; sent++) send(sent, begun + (sent * 1000) / perSecond);
    if (sent < total || open > 0) setTimeout(turn, 1);
    else resolve();
  };
  turn();
});
process.stdout.write(JSON.stringify({ latencies, outcomes, seconds: (performance.now() - begun) / 1000 }));
