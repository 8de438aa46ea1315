// The reference of what package.json exports, as pages of the site.
import { readFileSync } from 'node:fs';
import { Converter, ReflectionKind } from 'typedoc';

const { name, exports } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

/** `./dist/testing/index.js` is built from `lib/testing/index.ts`. */
const entryPoints = Object.values(exports)
  .map((target) => target.default)
  .filter((built) => built !== undefined)
  .map((built) => built.replace(/^\.\/dist\/(.*)\.js$/, '../lib/$1.ts'));

/** Names modules as users import them: `nestjs-remote/testing`, not `lib/testing`. */
function importNames({ converter }) {
  converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module)) {
      reflection.name = reflection.name.replace(/^lib\b/, name);
    }
  });
}

export default {
  plugin: ['typedoc-plugin-markdown', importNames],
  entryPoints,
  alwaysCreateEntryPointModule: true,
  out: 'reference',
  name: 'Reference',
  readme: 'none',
  entryFileName: 'index',
  indexFormat: 'table',
  // Links to sources need no clone with this remote.
  disableGit: true,
  basePath: '..',
  sourceLinkTemplate: 'https://github.com/nestjs-remote/nestjs-remote/blob/main/lib/{path}#L{line}',
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
