/** The history of a config: one step for each layer, and one for each step that made none. */
import { type JsonObject, objectsAt, withKey } from './json-object.ts';

export function stepsOf(config: JsonObject): readonly JsonObject[] {
  return objectsAt(config, 'history');
}

export function makesLayer(step: JsonObject): boolean {
  return step['empty_layer'] !== true;
}

/** Whether steps and layers can be told to belong together. */
export function describesLayers(steps: readonly JsonObject[], layers: number): boolean {
  return steps.filter(makesLayer).length === layers;
}

export interface NewStep {
  readonly createdBy: string;
  readonly created: string | undefined;
  readonly isEmpty?: boolean;
  readonly comment?: string;
}

/** A step of the time that is given, or else of the time that the config says the image was made. */
export function newStep(config: JsonObject, { createdBy, created, isEmpty = false, comment }: NewStep): JsonObject {
  const time = created ?? config['created'];
  return {
    ...(typeof time === 'string' ? { created: time } : {}),
    created_by: createdBy,
    ...(comment === undefined ? {} : { comment }),
    ...(isEmpty ? { empty_layer: true } : {}),
  };
}

/**
 * The config with more steps at the end. One that has layers and no history gets none: readers want to find a step for
 * each layer.
 * @param layers how many there were before these steps
 */
export function withSteps(config: JsonObject, layers: number, steps: readonly JsonObject[]): JsonObject {
  const before = stepsOf(config);
  if (steps.length === 0 || (before.length === 0 && layers > 0)) return config;
  return withKey(config, 'history', [...before, ...steps]);
}

/** The config with the time at which its image is said to be made. */
export function withCreated(config: JsonObject, created: string | undefined): JsonObject {
  return created === undefined ? config : withKey(config, 'created', created);
}

/**
 * What was done over a base.
 * @param layers of the base
 */
export function stepsAbove(
  steps: readonly JsonObject[],
  base: readonly JsonObject[],
  layers: number,
): readonly JsonObject[] {
  const isPrefix = base.every((step, at) => JSON.stringify(step) === JSON.stringify(steps[at]));
  if (isPrefix && describesLayers(base, layers)) return steps.slice(base.length);
  let count = 0;
  // What follows the last layer of the base and made none may belong to either.
  const end = layers === 0 ? 0 : steps.findIndex((step) => makesLayer(step) && ++count === layers) + 1;
  return steps.slice(end);
}
