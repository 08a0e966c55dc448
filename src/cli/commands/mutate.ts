import { mutateImage } from '../../edit/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editAndReport, editOptions } from '../edit-report.ts';
import { parsePairs, parseWords } from '../parse-words.ts';

/** `holdfast mutate IMAGE DST` */
export async function run(context: CommandContext): Promise<void> {
  const { values } = context;
  const { mutateCompression: compression, mutateCompressionLevel: compressionLevel } = values;
  const { cmd, entrypoint, user, workdir, stopSignal, setPlatform } = values;
  const options = {
    ...editOptions(context),
    labels: parsePairs(values.label),
    unsetLabels: values.unsetLabel,
    annotations: parsePairs(values.annotation),
    unsetAnnotations: values.unsetAnnotation,
    env: parsePairs(values.env),
    unsetEnv: values.unsetEnv,
    ports: values.port,
    unsetPorts: values.unsetPort,
    volumes: values.volume,
    unsetVolumes: values.unsetVolume,
    ...(cmd === undefined ? {} : { cmd: parseWords(cmd) }),
    ...(entrypoint === undefined ? {} : { entrypoint: parseWords(entrypoint) }),
    ...(user === undefined ? {} : { user }),
    ...(workdir === undefined ? {} : { workdir }),
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...(compression === undefined ? {} : { compression }),
    ...(compressionLevel === undefined ? {} : { compressionLevel }),
    ...(setPlatform === undefined ? {} : { setPlatform }),
  };
  await editAndReport(context, 'mutated', (from, to) => mutateImage(from, to, options));
}
