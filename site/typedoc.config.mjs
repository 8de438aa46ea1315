// The reference of what package.json exports, as pages of the site.
import { readFileSync } from 'node:fs';

const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** `./dist/testing/index.js` is built from `lib/testing/index.ts`. */
const entryPoints = Object.values(exports)
  .map((target) => target.default)
  .filter((built) => built !== undefined)
  .map((built) => built.replace(/^\.\/dist\/(.*)\.js$/, '../lib/$1.ts'));

export default {
  plugin: ['typedoc-plugin-markdown'],
  entryPoints,
  out: 'reference',
  name: 'Reference',
  readme: 'none',
  entryFileName: 'index',
  indexFormat: 'table',
  // Links to sources need no clone with this remote.
  disableGit: true,
  basePath: '..',
  sourceLinkTemplate: 'https://github.com/nestjs-remote/nestjs-remote/blob/main/{path}#L{line}',
  tsconfig: '../tsconfig.build.json',
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  sanitizeComments: true,
  navigationJson: 'reference/navigation.json',
  // `npm run typecheck` checks the types.
  skipErrorChecking: true,
  // Types that are not exported are shown by their names.
  validation: { notExported: false },
  treatValidationWarningsAsErrors: true,
};
