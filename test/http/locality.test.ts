import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopbackHost, localityOf } from '../../src/http/locality.ts';

const hosts: Readonly<Record<ReturnType<typeof localityOf>, readonly string[]>> = {
  loopback: [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'registry.localhost',
    '127.0.0.1',
    '127.1',
    '127.255.255.254',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.0.0.1.',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
  ],
  'link-local': ['169.254.169.254', '169.254.0.1', '0xa9fea9fe', '[fe80::1]', '[febf::1]', '[::ffff:169.254.169.254]'],
  private: [
    '10.0.0.1',
    '10.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.100.100.200',
    '[fd00::1]',
    '[fc00::1]',
    '[::ffff:10.0.0.1]',
    '[64:ff9b::a00:1]',
    '224.0.0.1',
    '255.255.255.255',
    '[ff02::1]',
  ],
  public: [
    'registry.example',
    'localhost.example',
    'notlocalhost',
    '127.0.0.1.example',
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '100.63.0.1',
    '169.253.0.1',
    '[2606:4700::1111]',
    '[::ffff:8.8.8.8]',
    '[2002:808:808::]',
  ],
};

void test('knows how near a host is, however its address is written', () => {
  for (const [locality, names] of Object.entries(hosts)) {
    for (const name of names) assert.equal(localityOf(new URL(`https://${name}/`).hostname), locality, name);
  }
});

void test('only localhost, 127.0.0.0/8 and ::1 may speak http without being asked to', () => {
  for (const name of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]', '127.1']) {
    assert.ok(isLoopbackHost(new URL(`https://${name}/`).hostname), name);
  }
  for (const name of ['0.0.0.0', '[::ffff:127.0.0.1]', 'x.localhost', '128.0.0.1', '127.0.0.1.example', '10.0.0.1']) {
    assert.ok(!isLoopbackHost(new URL(`https://${name}/`).hostname), name);
  }
});
