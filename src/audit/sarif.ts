/** Findings as SARIF 2.1.0, which code hosts and editors show. */
import type { ReportingDescriptor, Result, Log } from 'sarif';
import { fromJsonText } from '../base/index.ts';
import type { AuditResult } from './audit.ts';
import type { Finding } from './finding.ts';
import type { Rule } from './rule.ts';
import { rules } from './rules/index.ts';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** Code hosts refuse a result with many more places. */
const shownPlaces = 100;

/**
 * One run with all rules and a result for each finding. Places are paths in the image; `properties.paths` says how many
 * there are where not all are listed.
 * @param version of Holdfast
 */
export function sarifOf(result: AuditResult, version: string): object {
  const log: Log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'holdfast', semanticVersion: version, rules: rules.map(descriptorOf) } },
        columnKind: 'utf16CodeUnits',
        results: result.findings.map(resultOf),
      },
    ],
  };
  return log;
}

function descriptorOf({ id, title, severity, explanation, affected, remedy, sources }: Rule): ReportingDescriptor {
  const help = [explanation, `Programs: ${affected.join('; ')}.`, `Remedy: ${remedy}`, ...sources];
  return {
    id,
    name: title.replace(/(?:^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: explanation },
    help: { text: help.join('\n\n') },
    ...(sources[0] === undefined ? {} : { helpUri: sources[0] }),
    defaultConfiguration: { level: severity },
    properties: { tags: [id.startsWith('P') ? 'producer' : 'consumer'] },
  };
}

function resultOf(finding: Finding): Result {
  const { rule, severity, message, remedy, image, platform, digest, layer, paths, fingerprint } = finding;
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: severity,
    message: { text: `${image} (${platform}), layer ${layer}: ${message}. Remedy: ${remedy}` },
    locations: paths.slice(0, shownPlaces).map((path) => ({
      physicalLocation: { artifactLocation: { uri: uriOf(path) } },
      logicalLocations: [{ fullyQualifiedName: `${image}#${path}`, kind: 'resource' }],
    })),
    partialFingerprints: { 'holdfastFinding/v1': fingerprint },
    properties: { image, platform, digest, layer, paths: paths.length },
  };
}

/** Relative to the root of the image; bytes that are not valid UTF-8 are as any other in a URI. */
function uriOf(path: string): string {
  return fromJsonText(path).replace(/[^\w./~-]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
