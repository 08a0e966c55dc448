/** Who may use a registry. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hash, hashSync } from 'bcryptjs';
import { openAccess } from '../../src/serve/access.ts';
import { type RequestRecord, startRegistry } from '../../src/serve/index.ts';
import { ask, codeOf, type Reply } from './ask.ts';
import { scratchDirectory } from './registries.ts';
import { serve } from './serving.ts';

const secret = 'pä:ss wörd';
const users = `# made by htpasswd -B\n\nann:${await hash(secret, 4)}\nbob:${(await hash('bobs', 5)).replace('$2b$', '$2y$')}\r\n`;

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function ping(url: string, authorization?: string): Promise<Reply> {
  return ask('GET', `${url}/v2/`, authorization === undefined ? {} : { headers: { Authorization: authorization } });
}

function fileWith(text: string): { readonly file: string } & Disposable {
  const scratch = scratchDirectory();
  const file = join(scratch.path, 'htpasswd');
  fs.writeFileSync(file, text);
  return { file, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}

void describe('a registry with users', () => {
  void it('lets those in who know their password', async (t) => {
    using htpasswd = fileWith(users);
    const { url } = await serve(t, { htpasswd: htpasswd.file });
    const right = [basic('ann', secret), basic('bob', 'bobs'), basic('ann', secret).replace('Basic', 'basic ')];
    for (const authorization of [...right, ...right]) assert.equal((await ping(url, authorization)).status, 200);
  });

  void it('asks everybody else for Basic credentials', async (t) => {
    using htpasswd = fileWith(users);
    const { url } = await serve(t, { htpasswd: htpasswd.file });
    const wrong = [
      undefined,
      basic('ann', 'wrong'),
      basic('ann', ''),
      basic('nobody', ''),
      basic('', secret),
      basic('__proto__', secret),
      basic('bob', secret),
      'Basic !!!',
      'Basic',
      `Bearer ${secret}`,
      'Bearer x',
      'Negotiate abc',
      `${basic('ann', 'wrong')}, ${basic('ann', secret)}`,
    ];
    for (const authorization of wrong) {
      const reply = await ping(url, authorization);
      assert.deepEqual([reply.status, codeOf(reply)], [401, 'UNAUTHORIZED'], authorization);
      assert.equal(reply.headers['www-authenticate'], 'Basic realm="holdfast"');
    }
  });

  void it('answers nothing else before', async (t) => {
    using htpasswd = fileWith(users);
    const { client, url } = await serve(t, { htpasswd: htpasswd.file });
    const asked = ['/v2', '/v2/_catalog', '/v2/app/tags/list', '/v2/app/blobs/uploads/x', '/', '/v2/UPPER/tags/list'];
    for (const path of asked) assert.equal((await ask('GET', url + path)).status, 401, path);
    assert.equal((await client().ask('POST', 'blobs/uploads/', { body: 'x' })).status, 401);
  });

  void it('checks the same credentials once, however many requests come at once', async (t) => {
    using htpasswd = fileWith(`slow:${await hash('x', 11)}\n`);
    const { url } = await serve(t, { htpasswd: htpasswd.file });
    const started = performance.now();
    await ping(url, basic('slow', 'x'));
    const once = performance.now() - started;
    const again = performance.now();
    const replies = await Promise.all(Array.from({ length: 30 }, () => ping(url, basic('slow', 'x'))));
    assert.ok(replies.every(({ status }) => status === 200));
    assert.ok(performance.now() - again < once * 5);
  });

  void it('does not let guesses pile up', async () => {
    using htpasswd = fileWith(`ann:${await hash('x', 4)}\n`);
    const access = await openAccess({ htpasswd: htpasswd.file });
    const guess = async (password: string): Promise<number | undefined> =>
      (await access.refuse({ authorization: basic('ann', password) }))?.status;
    const statuses = await Promise.all(Array.from({ length: 40 }, (_, at) => guess(String(at))));
    assert.deepEqual(new Set(statuses), new Set([401, 429]));
    assert.equal(await guess('x'), undefined);
  });

  const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
    'SHA-1': ['ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', /line 1 \(user ann\) is hashed with SHA-1, and only bcrypt/],
    MD5: ['# x\nann:$apr1$abc$DdhGN2pBnnvjFsHrzXH1Q.', /line 2 \(user ann\) is hashed with apr1/],
    crypt: ['ann:$6$salt$hash', /crypt/],
    'no hash': ['ann:secret', /not at all/],
    'no user': ['', /no user/],
    'no colon': ['ann', /line 1 is not USER:HASH/],
    'a user twice': [`${users}ann:${hashSync('y', 4)}`, /twice/],
    'an excessive cost': [`ann:$2b$31$${'a'.repeat(53)}`, /cost of 31/],
  };
  for (const [what, [text, message]] of Object.entries(refused)) {
    void it(`does not start with ${what}`, async () => {
      using htpasswd = fileWith(text);
      using scratch = scratchDirectory();
      const starting = startRegistry({ directory: scratch.path, address: '127.0.0.1:0', htpasswd: htpasswd.file });
      await assert.rejects(starting, (error: Error & { code?: string }) => {
        assert.equal(error.code, 'CREDENTIALS_INVALID');
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret|W6ph5Mm5/);
        return true;
      });
    });
  }

  void it('does not start without its file', async () => {
    using scratch = scratchDirectory();
    const options = { directory: scratch.path, address: '127.0.0.1:0', htpasswd: join(scratch.path, 'absent') };
    await assert.rejects(startRegistry(options), { code: 'CREDENTIALS_INVALID' });
  });
});

void describe('a registry with a token', () => {
  void it('takes it as Bearer and as any user’s password', async (t) => {
    const { url } = await serve(t, { token: 'tok:en' });
    for (const right of ['Bearer tok:en', 'bearer tok:en', basic('me', 'tok:en'), basic('', 'tok:en')]) {
      assert.equal((await ping(url, right)).status, 200, right);
    }
    for (const wrong of ['Bearer tok:e', 'Bearer tok:enn', basic('tok', 'en'), basic('me', ''), undefined]) {
      assert.equal((await ping(url, wrong)).status, 401, wrong);
    }
  });

  void it('has users beside it', async (t) => {
    using htpasswd = fileWith(users);
    const { url } = await serve(t, { token: 'token', htpasswd: htpasswd.file });
    assert.equal((await ping(url, 'Bearer token')).status, 200);
    assert.equal((await ping(url, basic('ann', secret))).status, 200);
    assert.equal((await ping(url, basic('ann', 'wrong'))).status, 401);
  });

  void it('does not start with an empty one', async () => {
    using scratch = scratchDirectory();
    const options = { directory: scratch.path, address: '127.0.0.1:0', token: '' };
    await assert.rejects(startRegistry(options), { code: 'USAGE' });
  });

  void it('tells nobody', async (t) => {
    const records: RequestRecord[] = [];
    const { url, client } = await serve(t, { token: 'hush', onRequest: (record) => records.push(record) });
    await ping(url, 'Bearer hush');
    await ping(url, basic('me', 'hush'));
    await client().ask('GET', 'tags/list?n=1');
    assert.deepEqual(
      records.map(({ method, url: target, status }) => [method, target, status]),
      [
        ['GET', '/v2/', 200],
        ['GET', '/v2/', 200],
        ['GET', '/v2/app/tags/list?n=1', 401],
      ],
    );
    assert.doesNotMatch(JSON.stringify(records), /hush|aHVzaA/);
    assert.ok(
      records.every(({ bytes, milliseconds, client: from }) => bytes > 0 && milliseconds > 0 && from === '127.0.0.1'),
    );
  });
});

void describe('a web page', () => {
  void it('gets nowhere, while whoever types the address does', async (t) => {
    const { url } = await serve(t);
    const strangers = [
      { Origin: 'https://evil.example' },
      { Origin: url },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-origin' },
    ];
    for (const headers of strangers) {
      const reply = await ask('POST', `${url}/v2/app/blobs/uploads/`, { headers });
      assert.deepEqual([reply.status, codeOf(reply)], [403, 'DENIED']);
    }
    assert.equal((await ask('GET', `${url}/v2/_catalog`, { headers: { 'Sec-Fetch-Site': 'none' } })).status, 200);
  });
});
