/** The histories of all inputs, one after the other. */
import { describesLayers, type JsonObject, newStep, stepsOf, withKey } from '../edit/index.ts';

/** What an input has to tell. */
export interface ToldLayers {
  readonly count: number;
  /** Of an image. */
  readonly config?: JsonObject;
  /** Of a layer that comes without one. */
  readonly step?: JsonObject;
}

/**
 * The config with the steps of all inputs. One whose steps do not fit its layers gets a step for each instead; where no image
 * tells anything, there is nothing to tell.
 * @param onDropped called for each image whose steps do not fit its layers.
 */
export function withMergedHistory(
  config: JsonObject,
  inputs: readonly ToldLayers[],
  onDropped: () => void = () => {},
): JsonObject {
  if (inputs.length < 2) return withOnly(config, inputs);
  const images = inputs.filter(({ config: own, count }) => own !== undefined && count > 0);
  const isSilent = images.every(({ config: own = {} }) => stepsOf(own).length === 0);
  if (images.length > 0 && isSilent) return config;
  return withKey(
    config,
    'history',
    inputs.flatMap((input) => stepsOfInput(input, onDropped)),
  );
}

/** An image alone stays what it is. */
function withOnly(config: JsonObject, [only]: readonly ToldLayers[]): JsonObject {
  return only?.step ? withKey(config, 'history', [...stepsOf(config), only.step]) : config;
}

function stepsOfInput({ count, config, step }: ToldLayers, onDropped: () => void): readonly JsonObject[] {
  if (config === undefined) return step ? [step] : [];
  const steps = stepsOf(config);
  if (describesLayers(steps, count)) return steps;
  if (steps.length > 0) onDropped();
  return Array.from({ length: count }, () => newStep(config, { createdBy: '', created: undefined, comment: untold }));
}

const untold = 'a merged layer';
