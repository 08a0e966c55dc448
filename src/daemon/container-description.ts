/** What engines tell of a container, in the document that `docker inspect` and `podman inspect` share. */
import * as v from 'valibot';

export interface ContainerDescription {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Of its first process, on the machine of the engine; 0 where it does not run. */
  readonly pid: number;
  /** Absolute paths, in the container, where something is mounted by its configuration. */
  readonly mounts: readonly string[];
  /** Where the engine keeps what the container has written, when it says so. */
  readonly upperDirectory?: string;
}

const inspected = v.object({
  Id: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  State: v.object({ Pid: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  Mounts: v.optional(v.nullable(v.array(v.object({ Destination: v.string() })))),
  GraphDriver: v.optional(
    v.nullable(v.object({ Data: v.optional(v.nullable(v.object({ UpperDir: v.optional(v.string()) }))) })),
  ),
});

/** @throws ValiError when it is something else */
export function parseContainerDescription(document: unknown): ContainerDescription {
  const { Id, State, Mounts, GraphDriver } = v.parse(inspected, document);
  const upperDirectory = GraphDriver?.Data?.UpperDir;
  return {
    id: Id,
    pid: State.Pid,
    mounts: (Mounts ?? []).map(({ Destination }) => Destination),
    ...(upperDirectory ? { upperDirectory } : {}),
  };
}
