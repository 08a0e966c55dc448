import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { HoldfastError } from '../../src/base/index.ts';
import { openDaemon } from '../../src/daemon/index.ts';
import { parseImageName } from '../../src/oci/index.ts';
import { failsWith } from '../image/scratch.ts';
import { answers, chunksOf, collect, scriptedDaemon } from './scripted-daemon.ts';

const name = parseImageName('app:1');
const id = `sha256:${'a'.repeat(64)}`;

void describe('what is asked of a daemon', () => {
  void it('is its version', async (t) => {
    const { daemon, requests } = await scriptedDaemon(
      t,
      answers(200, { Version: '28.2.2', ApiVersion: '1.50', Os: 'linux', Arch: 'amd64', More: {} }),
    );
    assert.deepEqual(await daemon.version(), {
      version: '28.2.2',
      apiVersion: '1.50',
      os: 'linux',
      architecture: 'amd64',
    });
    assert.deepEqual(requests, ['GET /version']);
  });

  void it('is the ID of an image, with or without its algorithm', async (t) => {
    const { daemon, requests } = await scriptedDaemon(t, (request, response) =>
      answers(200, { Id: request.url?.includes('pod') ? 'a'.repeat(64) : id })(request, response),
    );
    assert.equal(await daemon.imageId(name), id);
    assert.equal(await daemon.imageId(parseImageName('localhost:5000/pod/x:2')), id);
    assert.deepEqual(requests, ['GET /images/app:1/json', 'GET /images/localhost:5000/pod/x:2/json']);
  });

  void it('is an archive, whose bytes come as they are', async (t) => {
    const body = Buffer.alloc(3_000_000, 'tar');
    const { daemon, requests } = await scriptedDaemon(t, (_, response) => response.end(body));
    assert.deepEqual(await collect(daemon.saveImage(name)), body);
    assert.deepEqual(requests, ['GET /images/get?names=app%3A1']);
  });

  void it('is to load an archive, chunk by chunk', async (t) => {
    const received: Buffer[] = [];
    const { daemon, requests } = await scriptedDaemon(t, (request, response) => {
      assert.equal(request.headers['content-type'], 'application/x-tar');
      request.on('data', (chunk: Buffer) => received.push(chunk));
      request.on('end', () => response.end('{"stream":"Loaded image: app:1\\n"}\n'));
    });
    const reused = Buffer.alloc(5);
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (const text of ['first', 'again', 'third']) {
        reused.write(text);
        yield reused;
      }
    };
    await daemon.loadImage(chunks());
    assert.equal(Buffer.concat(received).toString(), 'firstagainthird');
    assert.deepEqual(requests, ['POST /images/load?quiet=1']);
  });
});

void describe('a daemon that refuses', () => {
  void it('is quoted', async (t) => {
    const { daemon } = await scriptedDaemon(t, answers(500, { message: 'driver failed' }));
    await failsWith('DAEMON_REFUSED', daemon.version(), /driver failed/);
    await failsWith('DAEMON_REFUSED', collect(daemon.saveImage(name)), /refuses to save app:1: driver failed/);
    await failsWith('DAEMON_REFUSED', daemon.loadImage(chunksOf('x')), /load the image: driver failed/);
  });

  void it('has no such image', async (t) => {
    const { daemon } = await scriptedDaemon(t, answers(404, { message: 'No such image: app:1' }));
    await failsWith('IMAGE_NOT_FOUND', daemon.imageId(name), /"docker-daemon:app:1": the Docker daemon at unix:/);
    await failsWith('IMAGE_NOT_FOUND', collect(daemon.saveImage(name)));
    await failsWith('DAEMON_REFUSED', daemon.version(), /No such image/);
  });

  void it('has no such image, even where it only says so when it is asked for the ID', async (t) => {
    const { daemon } = await scriptedDaemon(t, (request, response) =>
      answers(request.url?.startsWith('/images/get') ? 500 : 404, { message: 'image not known' })(request, response),
    );
    await failsWith('IMAGE_NOT_FOUND', collect(daemon.saveImage(name)));
  });

  void it('tells it in the middle of its progress, however that is cut into chunks', async (t) => {
    const text = '{"stream":"Loading"}\n{"errorDetail":{"message":"no space left ü"},"error":"no space left ü"}\n{}\n';
    const { daemon } = await scriptedDaemon(t, (request, response) => {
      request.resume().on('end', () => {
        for (const byte of Buffer.from(text)) response.write(Buffer.from([byte]));
        response.end();
      });
    });
    await failsWith('DAEMON_REFUSED', daemon.loadImage(chunksOf('x')), /no space left ü/);
  });

  void it('may refuse before it has everything', async (t) => {
    const { daemon } = await scriptedDaemon(t, (_, response) => {
      response.writeHead(413, { connection: 'close' }).end('{"message":"too large"}');
    });
    let given = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (; given < 10_000; given++) yield Buffer.alloc(100_000);
    };
    await failsWith('DAEMON_REFUSED', daemon.loadImage(endless()), /too large/);
    assert.ok(given < 1000, 'the rest is not sent');
  });

  void it('is none when it answers something else', async (t) => {
    for (const answer of [answers(200, { Id: 5 }), answers(200, []), answers(200, { Id: '../x' })]) {
      const { daemon } = await scriptedDaemon(t, answer);
      await failsWith('DAEMON_REFUSED', daemon.imageId(name), /no Docker daemon/);
    }
    const { daemon } = await scriptedDaemon(t, (_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end('<html>');
    });
    await failsWith('DAEMON_REFUSED', daemon.version(), /it answered 302/);
  });

  void it('is not read without end', async (t) => {
    const { daemon } = await scriptedDaemon(t, (request, response) => {
      request.resume();
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(100_000, 'x')));
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    await failsWith('DAEMON_REFUSED', daemon.version(), /too long/);
  });
});

void describe('a connection to a daemon', () => {
  void it('that breaks off is said so', async (t) => {
    const { daemon } = await scriptedDaemon(t, (request, response) => {
      request.resume();
      response.writeHead(200);
      response.write('half', () => request.socket.destroy());
    });
    await failsWith('DAEMON_REFUSED', collect(daemon.saveImage(name)), /broke off/);
    await failsWith('DAEMON_REFUSED', daemon.loadImage(chunksOf('x')), /broke off/);
  });

  void it('that cannot be made comes with advice', async (t) => {
    const { directory } = await scriptedDaemon(t, answers(200, {}));
    await using absent = openDaemon({ DOCKER_HOST: `unix://${directory}/absent` });
    await failsWith('HOST_UNREACHABLE', absent.version(), /ENOENT.*is dockerd running\?/s);
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    server.close();
    await using closed = openDaemon({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
    await failsWith('HOST_UNREACHABLE', closed.version(), /tcp:\/\/127.*ECONNREFUSED.*DOCKER_HOST/s);
  });

  void it('ends with the signal, in whatever state it is', async (t) => {
    const { daemon } = await scriptedDaemon(t, (request, response) => {
      request.resume();
      if (request.method === 'GET') response.writeHead(200).write('some');
    });
    const reason = new HoldfastError('INTERRUPTED', { signal: 'SIGINT' });
    const aborts = async (run: (signal: AbortSignal) => Promise<unknown>): Promise<void> => {
      const controller = new AbortController();
      const running = assert.rejects(run(controller.signal), reason);
      await delay(50);
      controller.abort(reason);
      await running;
    };
    await aborts((signal) => collect(daemon.saveImage(name, { signal })));
    await aborts((signal) => daemon.loadImage(chunksOf('x'), { signal }));
    const silent = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      await new Promise(() => {});
    };
    await aborts((signal) => daemon.loadImage(silent(), { signal }));
    await aborts((signal) => daemon.version({ signal }));
  });

  void it('is cut when the archive fails, and the failure comes out', async (t) => {
    const ended = Promise.withResolvers<boolean>();
    const { daemon } = await scriptedDaemon(t, (request, response) => {
      request.resume();
      request.on('close', () => ended.resolve(request.complete));
      response.on('error', () => undefined);
    });
    const failure = new HoldfastError('CODEC_CORRUPT', { codec: 'gzip', reason: 'of a test' });
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw failure;
    };
    await assert.rejects(daemon.loadImage(failing()), failure);
    assert.equal(await ended.promise, false, 'the request has no proper end');
  });

  void it('holds no more than the other side takes', async (t) => {
    const { daemon } = await scriptedDaemon(t, (request, response) => {
      void delay(300).then(() => {
        request.resume();
        request.on('end', () => response.end());
      });
    });
    let given = 0;
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (; given < 300; given++) yield Buffer.alloc(100_000);
    };
    const loading = daemon.loadImage(chunks());
    await delay(200);
    assert.ok(given < 100, `${given} chunks were taken`);
    await loading;
    assert.equal(given, 300);
  });
});

void describe('a daemon behind ssh', () => {
  void it('is reached through the program of that name', async (t) => {
    const { directory, socket } = await scriptedDaemon(t, answers(200, { Id: id }));
    const script = `#!${process.execPath}
require('node:fs').writeFileSync(${JSON.stringify(join(directory, 'arguments'))}, process.argv.slice(2).join(' '));
const socket = require('node:net').connect(${JSON.stringify(socket)});
process.stdin.pipe(socket).pipe(process.stdout);
`;
    fs.writeFileSync(join(directory, 'ssh'), script, { mode: 0o755 });
    await using daemon = openDaemon({ DOCKER_HOST: 'ssh://me@host.example:2222', PATH: directory });
    assert.equal(await daemon.imageId(name), id);
    await daemon.loadImage(chunksOf('x'));
    assert.equal(
      fs.readFileSync(join(directory, 'arguments'), 'utf8'),
      '-o ConnectTimeout=30 -T -l me -p 2222 -- host.example docker system dial-stdio',
    );
  });

  void it('is not reached when ssh says why', async (t) => {
    const { directory } = await scriptedDaemon(t, answers(200, {}));
    const script = '#!/bin/sh\necho "Host key verification failed." >&2\nexit 255\n';
    fs.writeFileSync(join(directory, 'ssh'), script, { mode: 0o755 });
    await using daemon = openDaemon({ DOCKER_HOST: 'ssh://host.example', PATH: directory });
    await failsWith('HOST_UNREACHABLE', daemon.version(), /Host key verification failed/);
    await using without = openDaemon({ DOCKER_HOST: 'ssh://host.example', PATH: '/nonexistent' });
    await failsWith('HOST_UNREACHABLE', without.version(), /ssh.*ENOENT/);
  });
});
