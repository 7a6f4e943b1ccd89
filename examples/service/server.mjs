/**
 * A service that predicts which orders come back, while it trains a newer model in the background, tells a page how that
 * goes, and then replaces the model without dropping a request.
 *
 *     node examples/service/server.mjs            then open the address that it prints
 *     PORT=8080 node examples/service/server.mjs
 *
 * GET  /           the page
 * POST /predict    { rows: [...] }: the outcomes, their probabilities, and which version of the model said so
 * POST /train      starts training on the latest orders; 409 if that goes on already
 * DELETE /train    ends training early; the model in use stays
 * GET  /events     what happens, as server-sent events: state, epoch, swap, failure
 */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { ChainruleError, MLPClassifier, ModelHandle } from 'chainrule';
import Fastify from 'fastify';
import { latestOrders } from './orders.mjs';

const ORDERS = 3000;
/** Rows of one request. */
const MOST_ROWS = 1000;

let season = 0;
const first = new MLPClassifier({ seed: 1, members: 2 });
await first.fit(latestOrders(season, ORDERS), 'outcome');
const handle = new ModelHandle(first);

/** The training that goes on, or null. */
let training = null;

/** Trains on the latest orders and puts the new model into use, if it is the better one. */
async function train() {
  season++;
  const orders = latestOrders(season, ORDERS);
  const newest = latestOrders(season, 1000);
  const next = new MLPClassifier({ members: 2 });
  const stream = next.fitStream(orders, 'outcome');
  training = stream;
  tell('state', state());
  try {
    for await (const { member, members, epoch, epochs, loss, validationLoss } of stream) {
      tell('epoch', { member, members, epoch, epochs, loss, validationLoss });
    }
    // DELETE has ended it.
    if (training !== stream) return next.dispose();
    const before = await handle.use((model) => model.score(newest, 'outcome'));
    const after = next.score(newest, 'outcome');
    if (after <= before) throw new Error('the new one is no better on the newest orders');
    const version = await handle.swap(next);
    tell('swap', { version, before, after });
  } catch (error) {
    next.dispose();
    tell('failure', { message: error.message });
  } finally {
    if (training === stream) training = null;
    tell('state', state());
  }
}

const state = () => ({ version: handle.version, isTraining: training !== null });

/** Pages that listen. */
const listeners = new Set();

function tell(event, data) {
  for (const listener of listeners) listener.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

const page = readFileSync(new URL('index.html', import.meta.url), 'utf8');
// The page may run its own script and style, and nothing else.
const hashes = ['script', 'style'].map((name) => {
  const [, text] = page.match(new RegExp(`<${name}>(.*?)</${name}>`, 's'));
  return `${name}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`;
});
const policy = `default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; ${hashes.join('; ')}`;

const server = Fastify({ forceCloseConnections: true });

server.get('/', (_, reply) =>
  reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page),
);

const rows = { type: 'array', items: { type: 'object' }, minItems: 1, maxItems: MOST_ROWS };
const body = { type: 'object', required: ['rows'], properties: { rows } };
server.post('/predict', { schema: { body } }, (request) =>
  // All of one model, even if another replaces it in between.
  handle.use(async (model, version) => {
    const probabilities = await model.predictProbabilityAsync(request.body.rows);
    return { version, classes: model.classes, probabilities };
  }),
);

server.post('/train', (_, reply) => {
  if (training !== null) return reply.code(409).send({ message: 'a model is being trained already' });
  train();
  return reply.code(202).send(state());
});

server.delete('/train', async () => {
  const stream = training;
  training = null;
  await stream?.return();
  return state();
});

server.get('/events', async (request, reply) => {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  raw.write(`retry: 1000\nevent: state\ndata: ${JSON.stringify(state())}\n\n`);
  listeners.add(raw);
  await once(request.raw, 'close');
  listeners.delete(raw);
});

server.setErrorHandler((error, _, reply) => {
  // What is wrong with the rows of a request: "column 'price' holds 'cheap' in row 0 (from 0), expected a number".
  const isTheirs = error instanceof ChainruleError || error.statusCode < 500;
  reply.code(isTheirs ? (error.statusCode ?? 400) : 500);
  return { message: isTheirs ? error.message : 'something went wrong here' };
});

const address = await server.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' });
console.log(`listening on ${address}`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    training?.return();
    await server.close();
    handle.close();
  });
}
