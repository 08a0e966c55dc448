/** One plausible case of each error, for docs/errors.md. A code without one is documented without an example. */
import { type ErrorCode, type ErrorData, fromText } from '../../src/base/index.ts';

type Examples = { readonly [Code in ErrorCode]?: ErrorData<Code> };

const path = fromText('usr/bin/git-log');
const target = fromText('usr/bin/git');
const link = { path, target };
const digest = `sha256:${'9f2c61ab'.repeat(8)}`;
const other = `sha256:${'04de77c1'.repeat(8)}`;

export const errorExamples: Examples = {
  USAGE: { message: '--jobs: "0" is not a whole number of 1 or more' },
  REFERENCE_INVALID: { reference: 'oci:', reason: 'the path is empty' },
  TRANSPORT_UNSUPPORTED: { transport: 'containers-storage' },
  TERMINAL_REFUSED: { output: 'a tar archive' },
  IMAGE_NOT_FOUND: { reference: 'images', reason: 'there is no image "debain" in it', available: ['debian', 'big'] },
  IMAGE_AMBIGUOUS: { reference: 'images', available: ['debian', 'big'] },
  PLATFORM_NOT_FOUND: { wanted: 'linux/s390x', available: ['linux/amd64', 'linux/arm64'] },
  PATH_NOT_FOUND: { path: fromText('etc/shadwo'), reason: 'missing' },
  TAR_CHECKSUM: { offset: 10_240 },
  TAR_TRUNCATED: { offset: 10_240, inside: 'body' },
  TAR_NUMBER: { field: 'size', value: '-1', name: path },
  TAR_TYPEFLAG: { name: path, typeflag: 'Q' },
  TAR_MAGIC: { offset: 512 },
  TAR_PAX_RECORD: { offset: 512, reason: 'a record has no "="' },
  TAR_EXTENSION: { offset: 512, reason: 'describes no entry' },
  TAR_GLOBAL_OVERRIDE: { offset: 0, key: 'path' },
  TAR_LINK_WITH_BODY: { name: path, size: 1024 },
  TAR_SPARSE: { name: path, reason: 'runs past the end of the file' },
  TAR_LONE_ZERO_BLOCK: { offset: 2048 },
  NAME_EMPTY: { offset: 512 },
  NAME_ESCAPES: { name: fromText('../etc/passwd') },
  NAME_NUL: { name: fromText('etc\0passwd') },
  NAME_TOO_LONG: { name: fromText(`var/${'a'.repeat(20)}`), bytes: 300, limit: 255 },
  NAME_RESERVED: { name: fromText('etc/.wh.d/file') },
  WHITEOUT_INVALID: { name: fromText('etc/.wh..') },
  NAME_IS_MARKER: { name: fromText('srv/.wh.notes') },
  ROOT_NOT_DIRECTORY: { kind: 'symlink' },
  LINK_TARGET_MISSING: link,
  LINK_TARGET_LATER: link,
  LINK_TO_DIRECTORY: { path, target: fromText('usr/bin') },
  LINK_TO_SELF: { path, target: path },
  LINK_TEXT_INVALID: { path, reason: 'is empty' },
  SYMLINK_LOOP: { path },
  ID_OUT_OF_RANGE: { path, field: 'uid', value: '4294967295' },
  DEVICE_OUT_OF_RANGE: { path: fromText('dev/odd'), major: 5000, minor: 1 },
  XATTR_INVALID: { path, xattr: fromText('comment'), reason: 'has no namespace' },
  CONFLICT_REFUSED: { path: fromText('lib/x.so'), parent: fromText('lib') },
  CONFLICTS_REFUSED: { paths: [fromText('bin'), fromText('etc/passwd')] },
  LIMIT_EXCEEDED: { limit: 'entries', flag: '--max-entries', value: '5000000' },
  DIGEST_INVALID: { digest: 'sha256:12' },
  DIGEST_MISMATCH: { expected: digest, actual: other, what: 'the layer' },
  SIZE_MISMATCH: { expected: 1024, actual: 1000, what: 'the layer' },
  DIFFID_MISMATCH: { expected: digest, actual: other },
  DIFFID_COUNT: { layers: 3, diffIds: 2 },
  CONTENT_CHANGED: { path: fromText('var/log/syslog'), expected: 4096, actual: 4160 },
  CODEC_CORRUPT: { codec: 'gzip', reason: 'unexpected end of file' },
  DOCUMENT_INVALID: { what: 'the manifest', reason: 'layers is missing' },
  DOCUMENT_AMBIGUOUS: {
    what: 'the manifest',
    reason: 'it has "manifests" as an index has, and "layers" as a manifest has',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    mediaType: 'application/vnd.docker.distribution.manifest.v1+json',
    what: 'the manifest',
    hint: 'push the image again with a current Docker, podman or skopeo',
  },
  BLOB_MISSING: { digest, where: 'it is not in the layout' },
  ARCHIVE_INVALID: { file: 'saved.tar', reason: 'it is not an OCI image layout: it has no file oci-layout' },
  HOST_LOSS: { losses: [{ kind: 'owner', count: 120, example: 'etc/shadow' }] },
  HOST_REFUSED: { operation: 'write', path: 'usr/bin/git', errno: 'ENOSPC' },
  HOST_UNSUPPORTED: { what: 'a Windows image cannot be unpacked here' },
  TARGET_OCCUPIED: { path: 'rootfs', reason: 'is not empty' },
  INTERRUPTED: { signal: 'SIGINT' },
  BUG: { message: 'TypeError: x is not a function' },
};
