import js from '@eslint/js';
import i18next from 'eslint-plugin-i18next';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';

const FEATURES = readdirSync(new URL('./src/features', import.meta.url));

/** Everything below the features: it may use neither them nor the app. */
const SHARED = [
  'api',
  'components',
  'delivery',
  'i18n',
  'lib',
  'model',
  'persistence',
  'realtime',
  'store',
];

/** Imports run app → features → shared, and no feature imports another one. */
function forbid(files, group, message) {
  return {
    files,
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] },
  };
}

const boundaries = [
  forbid(
    SHARED.map((folder) => `src/${folder}/**`),
    ['@/app/*', '@/features/*', '**/app/*', '**/features/*'],
    'Shared code imports neither features nor the app.',
  ),
  ...FEATURES.map((feature) =>
    forbid(
      [`src/features/${feature}/**`],
      ['@/app/*', '@/features/*', '../../*'],
      'A feature imports only itself (relatively) and shared code (by @/…).',
    ),
  ),
];

/** Properties whose value is read by people. */
const TEXT_ATTRIBUTES = [
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'aria-valuetext',
  'confirm',
  'hint',
  'label',
  'note',
  'placeholder',
  'title',
];

export default tseslint.config(
  { ignores: ['dist', 'e2e', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}', 'vite.config.ts'],
    extends: [
      tseslint.configs.strictTypeChecked,
      reactHooks.configs.flat.recommended,
      jsxA11y.flatConfigs.strict,
    ],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // RTK Query writes "no argument" as void.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // The virtualizer's functions must not be memoised; nothing here memoises them.
      'react-hooks/incompatible-library': 'off',
    },
  },
  {
    // Every text is in the catalogue. The operator's page is not translated yet.
    files: ['src/**/*.tsx'],
    ignores: ['src/**/*.test.tsx', 'src/features/admin/**'],
    plugins: { i18next },
    rules: {
      'i18next/no-literal-string': [
        'error',
        {
          mode: 'jsx-only',
          'jsx-attributes': { include: TEXT_ATTRIBUTES },
          'should-validate-template': true,
          // Signs that are the same in every language.
          words: { exclude: [/^\P{L}*$/u] },
        },
      ],
    },
  },
  { files: ['scripts/**', '*.js'], languageOptions: { globals: globals.node } },
  { files: ['public/sw.js'], languageOptions: { globals: globals.serviceworker } },
  { files: ['public/theme.js'], languageOptions: { globals: globals.browser } },
  ...boundaries,
);
