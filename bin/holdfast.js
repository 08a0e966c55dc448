#!/usr/bin/env node
// Plain old syntax on purpose: an older Node must reach the version check instead of a syntax error.
import module from 'node:module';
import os from 'node:os';
import path from 'node:path';

var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write('error: holdfast needs Node.js 24 or newer, this is ' + process.versions.node + '\n');
  process.exitCode = 1;
} else {
  // Compiled code is kept in the user's own cache: a shared one in /tmp could be filled by others.
  var cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  module.enableCompileCache(path.join(cache, 'holdfast', 'code'));
  import('../dist/program/main.js').then(function (cli) {
    return cli.main();
  });
}
