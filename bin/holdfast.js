#!/usr/bin/env node
// Plain old JavaScript on purpose: an older Node must reach the version check instead of a syntax error.
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write('error: holdfast needs Node.js 24 or newer, this is ' + process.versions.node + '\n');
  process.exitCode = 1;
} else {
  import('../dist/cli/main.js').then(function (cli) {
    return cli.main();
  });
}
