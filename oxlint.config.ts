import { folders } from './architecture.ts';

const layering = Object.entries(folders).map(([folder, allowed]) => {
  const forbidden = Object.keys(folders).filter((name) => name !== folder && !allowed.includes(name));
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...(forbidden.length > 0
              ? [
                  {
                    group: forbidden.flatMap((name) => [`../${name}/**`, `../../${name}/**`]),
                    message: `src/${folder} may not import this folder (see architecture.ts)`,
                  },
                ]
              : []),
            {
              group: ['../*/**', '!../*/index.ts', '!../../*/index.ts'],
              message: 'enter another folder through its index.ts',
            },
            ...(folder === 'host' ? [] : [{ group: ['koffi'], message: 'koffi lives in src/host and nowhere else' }]),
          ],
        },
      ],
    },
  };
});

export default {
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'node'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'import/no-unassigned-import': 'off',
    'no-await-in-loop': 'off',
    'no-underscore-dangle': 'off',
    'no-shadow': 'off',
    'no-control-regex': 'off',
    'unicorn/require-post-message-target-origin': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/consistent-type-imports': 'error',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/consistent-return': 'off',
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', 4],
    complexity: ['error', 20],
    'max-depth': ['error', 4],
  },
  overrides: [
    { files: ['test/**', 'bench/**', 'scripts/**'], rules: { 'max-lines': 'off' } },
    { files: ['oxlint.config.ts'], rules: { 'import/no-default-export': 'off' } },
    ...layering,
  ],
  ignorePatterns: ['dist', 'node_modules', 'bin'],
};
