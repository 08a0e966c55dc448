/** Looking at a live file system through node:fs alone. */
import fs from 'node:fs';
import { type ByteString, fromBytes } from '../base/index.ts';
import { procPath } from './calls.ts';
import { listNames } from './list-names.ts';
import type { FileLook, LookCalls } from './look-calls.ts';
import { guarded } from './refused.ts';

/** Times are exact; xattrs cannot be seen, and mounts only by their devices. */
export function nodeLooks(): LookCalls {
  return {
    look: (directory, name, found) => {
      fill(
        found,
        guarded('stat', name, () => fs.lstatSync(procPath(directory, name), { bigint: true })),
      );
    },
    lookAt: (file, found) => {
      fill(
        found,
        guarded('stat', '' as ByteString, () => fs.fstatSync(file, { bigint: true })),
      );
    },
    readNames: listNames,
    readLink: (directory, name) =>
      guarded('readlink', name, () => fromBytes(fs.readlinkSync(procPath(directory, name), { encoding: 'buffer' }))),
    listXattrs: () => [],
    listXattrsOf: () => [],
    readXattr: () => undefined,
    readXattrOf: () => undefined,
    mayRead: (directory, name) => {
      try {
        fs.accessSync(procPath(directory, name), fs.constants.R_OK);
        return true;
      } catch {
        return false;
      }
    },
    reopen: (file, flags) => guarded('open', '' as ByteString, () => fs.openSync(`/proc/self/fd/${file}`, flags)),
  };
}

function fill(found: FileLook, facts: fs.BigIntStats): void {
  found.mode = Number(facts.mode);
  found.links = Number(facts.nlink);
  found.uid = Number(facts.uid);
  found.gid = Number(facts.gid);
  found.size = Number(facts.size);
  [found.mtimeSeconds, found.mtimeNanoseconds] = parts(facts.mtimeNs);
  [found.ctimeSeconds, found.ctimeNanoseconds] = parts(facts.ctimeNs);
  found.inodeLow = Number(BigInt.asUintN(32, facts.ino));
  found.inodeHigh = Number(BigInt.asUintN(32, facts.ino >> 32n));
  [found.deviceMajor, found.deviceMinor] = deviceParts(facts.dev);
  [found.nodeMajor, found.nodeMinor] = deviceParts(facts.rdev);
  found.isMountPoint = undefined;
}

function parts(total: bigint): [seconds: number, nanoseconds: number] {
  const nanoseconds = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return [Number((total - nanoseconds) / 1_000_000_000n), Number(nanoseconds)];
}

/** The inverse of `deviceNumber`. */
function deviceParts(device: bigint): [major: number, minor: number] {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return [Number(major), Number(minor)];
}
