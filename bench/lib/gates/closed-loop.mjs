// A process that asks an HTTPS server as fast as it answers: so many connections, each of which sends the next request when
// it has the answer to the one before. Writes what it saw as JSON to stdout.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

const { url, caFile, bodiesFile, seconds, connections } = JSON.parse(process.argv[2]);
const bodies = JSON.parse(readFileSync(bodiesFile, 'utf8')).map((body) => Buffer.from(JSON.stringify(body)));
const agent = new Agent({ keepAlive: true, maxSockets: connections, ca: readFileSync(caFile) });
const target = new URL(url);

/** In milliseconds. */
const latencies = [];
let failed = 0;
let sent = 0;

function ask(body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const asked = request(target, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const begun = performance.now();
const end = begun + seconds * 1000;
const connection = async () => {
  while (performance.now() < end) {
    const at = performance.now();
    const status = await ask(bodies[sent++ % bodies.length]);
    if (status !== 200) failed++;
    latencies.push(performance.now() - at);
  }
};
await Promise.all(Array.from({ length: connections }, connection));
process.stdout.write(JSON.stringify({ latencies, failed, seconds: (performance.now() - begun) / 1000 }));
