import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  type FaultAction,
  file,
  imageOf,
  layerOf,
  startTestRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { ask, type Asked, type AskOptions } from './ask.ts';

const layer = layerOf([file('a', 'content of a')]);
const whole = layer.bytes;

let registry: TestRegistry;
before(async () => {
  registry = await startTestRegistry();
  registry.seed('team/app', 'latest', imageOf([layer]));
});
after(() => registry[Symbol.asyncDispose]());
beforeEach(() => registry.faults.clear());

function blob(options: AskOptions = {}): Promise<Asked> {
  return ask(`${registry.url}/v2/team/app/blobs/${layer.digest}`, options);
}

/** The blob as a fault lets it arrive. */
function spoiled(action: FaultAction, options: AskOptions = {}): Promise<Asked> {
  registry.faults.add({ action });
  return blob(options);
}

void suite('a fault', () => {
  void test('hits as many requests as it is told, from the nth that fits', async () => {
    registry.faults.add({
      match: { method: 'GET', path: /\/blobs\//g, nth: 2 },
      times: 2,
      action: { kind: 'answer', status: 429, headers: { 'retry-after': '3' }, body: 'slower' },
    });
    await ask(`${registry.url}/v2/team/app/manifests/latest`);
    await blob({ method: 'HEAD' });
    const answers = [await blob(), await blob(), await blob(), await blob()];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 429, 429, 200],
    );
    assert.equal(answers[1]?.headers['retry-after'], '3');
    assert.equal(answers[1]?.body.toString(), 'slower');
    assert.equal(registry.faults.left, 0);
  });
  void test('cuts the connection before any answer', async () => {
    const { status, error } = await spoiled({ kind: 'cut' });
    assert.deepEqual([status, error], [0, 'ECONNRESET']);
  });
  void test('cuts the connection after some bytes, the whole length stated', async () => {
    const { status, headers, body, error } = await spoiled({ kind: 'cut', afterBytes: 7 });
    assert.deepEqual([status, headers['content-length'], error], [200, String(whole.length), 'ECONNRESET']);
    assert.deepEqual(body, whole.subarray(0, 7));
  });
  void test('resets the connection', async () => {
    assert.equal((await spoiled({ kind: 'cut', afterBytes: 7, resets: true })).error, 'ECONNRESET');
    assert.equal((await spoiled({ kind: 'cut', resets: true })).error, 'ECONNRESET');
  });
  void test('truncates the body and says the shorter length', async () => {
    const { body, headers, error } = await spoiled({ kind: 'truncate', bytes: 9, claims: 'sent' });
    assert.deepEqual([body, headers['content-length'], error], [whole.subarray(0, 9), '9', undefined]);
  });
  void test('truncates the body and says no length', async () => {
    const { body, headers, error } = await spoiled({ kind: 'truncate', bytes: 9, claims: 'nothing' });
    assert.deepEqual([body, headers['content-length'], error], [whole.subarray(0, 9), undefined, undefined]);
  });
  void test('truncates the body and lies about its length', async () => {
    const { body, headers, error } = await spoiled({ kind: 'truncate', bytes: 9, claims: 'whole' });
    assert.deepEqual(
      [body, headers['content-length'], error],
      [whole.subarray(0, 9), String(whole.length), 'ECONNRESET'],
    );
  });
  void test('drips', async () => {
    const start = performance.now();
    const { body, error } = await spoiled({ kind: 'drip', bytes: Math.ceil(whole.length / 4), milliseconds: 10 });
    assert.deepEqual([body, error], [whole, undefined]);
    assert.ok(performance.now() - start > 30);
  });
  void test('delays', async () => {
    const start = performance.now();
    assert.deepEqual((await spoiled({ kind: 'delay', milliseconds: 30 })).body, whole);
    assert.ok(performance.now() - start > 25);
  });
  void test('ignores Range', async () => {
    const { status, body } = await spoiled({ kind: 'ignore-range' }, { headers: { range: 'bytes=5-' } });
    assert.deepEqual([status, body], [200, whole]);
    assert.equal(registry.requests.at(-1)?.headers['range'], 'bytes=5-');
  });
  void test('changes headers', async () => {
    const action = { kind: 'headers', headers: { 'content-range': 'bytes 6-9/10', etag: undefined } } as const;
    const { status, headers } = await spoiled(action, { headers: { range: 'bytes=5-' } });
    assert.deepEqual([status, headers['content-range'], headers.etag], [206, 'bytes 6-9/10', undefined]);
  });
  void test('corrupts one byte', async () => {
    const { body } = await spoiled({ kind: 'corrupt', byte: -1 });
    assert.deepEqual(body.subarray(0, -1), whole.subarray(0, -1));
    assert.notEqual(body.at(-1), whole.at(-1));
  });
  void test('appends bytes', async () => {
    const { body, headers } = await spoiled({ kind: 'append', bytes: 4 });
    assert.deepEqual(body, Buffer.concat([whole, Buffer.from('xxxx')]));
    assert.equal(headers['content-length'], String(whole.length + 4));
  });
  void test('compresses', async () => {
    const { body, headers } = await spoiled({ kind: 'gzip' });
    assert.equal(headers['content-encoding'], 'gzip');
    assert.deepEqual(gunzipSync(body), whole);
  });
  void test('redirects, with the path where it is asked for', async () => {
    const { status, headers } = await spoiled({ kind: 'redirect', to: 'http://cdn.test{path}', status: 302 });
    assert.deepEqual([status, headers.location], [302, `http://cdn.test/v2/team/app/blobs/${layer.digest}`]);
  });
  void test('hangs, without an answer or within one', async () => {
    const hung = async (action: FaultAction): Promise<Asked> => spoiled(action, { signal: AbortSignal.timeout(60) });
    assert.equal((await hung({ kind: 'hang' })).status, 0);
    const within = await hung({ kind: 'hang', afterBytes: 3 });
    assert.deepEqual([within.status, within.body], [200, whole.subarray(0, 3)]);
    assert.ok(within.error);
  });
  void test('drops an upload, of which the registry keeps what has arrived', async () => {
    const begun = await ask(`${registry.url}/v2/up/blobs/uploads/`, { method: 'POST' });
    const location = new URL(begun.headers.location ?? '', registry.url);
    registry.faults.add({ match: { method: 'PATCH' }, action: { kind: 'drop-upload', afterBytes: 20 } });
    const dropped = await ask(location, { method: 'PATCH', body: whole });
    assert.equal(dropped.status, 0);
    assert.equal(registry.requests.at(-1)?.bytes, 20);
    assert.equal((await ask(location)).headers['range'], '0-19');
    const rest = { method: 'PATCH', body: whole.subarray(20), headers: { 'content-range': `20-${whole.length - 1}` } };
    assert.equal((await ask(location, rest)).status, 202);
    location.searchParams.set('digest', layer.digest);
    assert.equal((await ask(location, { method: 'PUT' })).status, 201);
  });
  void test('cuts off the answer to an upload that has happened', async () => {
    registry.faults.add({ match: { method: 'POST' }, action: { kind: 'cut' } });
    const path = `${registry.url}/v2/lost/blobs/uploads/?digest=${layer.digest}`;
    assert.equal((await ask(path, { method: 'POST', body: whole })).status, 0);
    assert.ok(registry.content.repositories.get('lost')?.blobs.has(layer.digest));
  });
});

void test('counts connections and requests at once', async () => {
  await using counted = await startTestRegistry();
  counted.faults.add({ times: 3, action: { kind: 'delay', milliseconds: 20 } });
  await Promise.all([1, 2, 3].map(() => ask(`${counted.url}/v2/`)));
  assert.deepEqual([counted.connections, counted.peakRequests], [3, 3]);
});

void test('tells a header that cannot be sent', async () => {
  await using broken = await startTestRegistry({ quirks: { headers: { bad: 'line\nbreak' } } });
  const { status, body } = await ask(`${broken.url}/v2/`);
  assert.equal(status, 500);
  assert.match(body.toString(), /Invalid character/);
});
