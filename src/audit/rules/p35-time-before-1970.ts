import type { Rule } from '../rule.ts';

export const p35: Rule = {
  id: 'P35',
  title: 'time before 1970',
  severity: 'note',
  targets: { docker: 'warning', podman: 'warning' },
  message: { one: 'entry has a time before 1970', many: 'entries have times before 1970' },
  explanation:
    'The modification time of an entry is negative. Archives and file systems hold that; Docker and podman make it the first second of 1970.',
  affected: ['read differently by Docker and podman'],
  remedy: 'give the files a time from 1970 on (touch) in the step that makes them.',
  sources: ['https://www.gnu.org/software/tar/manual/html_node/Large-or-Negative-Values.html'],
  *find({ layers }) {
    for (const { number, table } of layers) {
      const { seconds } = table.columns;
      for (let row = 0; row < table.length; row++) {
        if ((seconds[row] ?? 0) < 0) yield { layer: number, path: table.name(row) };
      }
    }
  },
};
