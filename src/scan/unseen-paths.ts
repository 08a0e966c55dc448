import type { ByteString } from '../base/index.ts';
import type { ScanProblem } from './scan-problem.ts';

/** Paths of which nothing is known, and directories of which only what is in them is not known. */
export class UnseenPaths {
  readonly #paths = new Set<ByteString>();
  readonly #contents = new Set<ByteString>();

  constructor(problems: readonly ScanProblem[], ignored: readonly ByteString[] = []) {
    for (const path of ignored) this.#paths.add(path);
    for (const problem of problems) {
      if (problem.kind === 'vanished' || (problem.kind === 'mount' && !problem.isCrossed))
        this.#paths.add(problem.path);
      else if (problem.kind === 'unreadable' && problem.what === 'inode') this.#paths.add(problem.path);
      else if (problem.kind === 'unreadable' && problem.what === 'names') this.#contents.add(problem.path);
    }
  }

  has(path: ByteString): boolean {
    if (this.#paths.size === 0 && this.#contents.size === 0) return false;
    if (this.#paths.has(path)) return true;
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end) as ByteString;
      if (this.#paths.has(above) || this.#contents.has(above)) return true;
    }
    return path !== '' && (this.#paths.has('' as ByteString) || this.#contents.has('' as ByteString));
  }
}
