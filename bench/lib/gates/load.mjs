// A process that asks a webhook server as an API server does: so many requests a second on kept connections, one at a time
// on each, whether the answers before have come or not. Writes what it saw as JSON to stdout.
//
// It shares the processors with what it measures, so it speaks just as much HTTP as it needs.
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

const { url, caFile, bodiesFile, firstNumber, perSecond, seconds, connections } = JSON.parse(process.argv[2]);
const { hostname, port, pathname } = new URL(url);
const ca = readFileSync(caFile);
const bodies = JSON.parse(readFileSync(bodiesFile, 'utf8'));
const templates = bodies.map((body, index) => templateOf(JSON.stringify(body), String(firstNumber + index)));

/** In milliseconds, from when the request should have been sent. */
const latencies = [];
const outcomes = { allowed: 0, denied: 0, failed: 0 };

/** The bytes of a request, and where in them its number stands. */
function templateOf(body, number) {
  const length = Buffer.byteLength(body);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n`;
  const bytes = Buffer.from(`${head}content-length: ${length}\r\n\r\n${body}`);
  const places = [];
  for (let at = bytes.indexOf(number); at >= 0; at = bytes.indexOf(number, at + 1)) places.push(at);
  return { bytes, places };
}

/** Each is one that no server saw before: it has a number of its own wherever its template has one. */
function requestOf(index) {
  const { bytes, places } = templates[index % templates.length];
  const request = Buffer.from(bytes);
  const number = String(firstNumber + index);
  for (const place of places) request.latin1Write(number, place);
  return request;
}

/** One kept connection. */
class Connection {
  #socket;
  #due = 0;
  #received = '';

  async open() {
    this.#socket = connect({ host: hostname, port: Number(port), ca });
    await new Promise((resolve, reject) => this.#socket.once('secureConnect', resolve).once('error', reject));
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the server closed a connection')));
  }

  send(request, due) {
    this.#due = due;
    this.#socket.write(request);
  }

  close() {
    this.#socket.removeAllListeners('close').destroy();
  }

  #read(chunk) {
    this.#received += chunk.latin1Slice();
    const bodyAt = this.#received.indexOf('\r\n\r\n') + 4;
    if (bodyAt < 4) return;
    const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(this.#received)?.[1]);
    if (this.#received.length < bodyAt + length) return;
    latencies.push(performance.now() - this.#due);
    if (!this.#received.startsWith('HTTP/1.1 200 ')) outcomes.failed++;
    else if (this.#received.includes('"allowed":true', bodyAt)) outcomes.allowed++;
    else outcomes.denied++;
    this.#received = '';
    free.push(this);
    sendDue();
  }

  /** A server that leaves in the middle of a load is no load to measure. */
  #fail(error) {
    throw error;
  }
}

const free = await Promise.all(
  Array.from({ length: connections }, async () => {
    const connection = new Connection();
    await connection.open();
    return connection;
  }),
);
const total = perSecond * seconds;
const cpu = process.cpuUsage();
const begun = performance.now();
let sent = 0;

const dueOf = (index) => begun + (index * 1000) / perSecond;

/** What is due, as far as connections are free. */
function sendDue() {
  const now = performance.now();
  while (sent < total && dueOf(sent) <= now) {
    const connection = free.pop();
    if (connection === undefined) return;
    connection.send(requestOf(sent), dueOf(sent));
    sent++;
  }
}

await new Promise((resolve) => {
  const turn = () => {
    sendDue();
    if (latencies.length === total) resolve();
    else setTimeout(turn, Math.max(1, sent < total ? dueOf(sent) - performance.now() : 0));
  };
  turn();
});
const { user, system } = process.cpuUsage(cpu);
const report = { latencies, outcomes, seconds: (performance.now() - begun) / 1000, cpuMs: (user + system) / 1000 };
process.stdout.write(JSON.stringify(report));
for (const connection of free) connection.close();
