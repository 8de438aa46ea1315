import { Command } from 'commander';
import { Router } from '../router/router.js';
import type { RouterLogger } from '../router/router-options.js';
import { print, toJson } from './output.js';
import { interrupted } from './running-server.js';

/** `nestjs-remote router`: runs a router. */
export function routerCommand(): Command {
  return new Command('router')
    .description('pass messages between clients and services, until interrupted')
    .requiredOption('-f, --frontend <ADDRESS...>', 'where clients connect')
    .requiredOption('-b, --backend <ADDRESS...>', 'where services connect')
    .addHelpText(
      'after',
      '\nWho came and went, and what was dropped, is logged to the standard error. SIGUSR1 prints ' +
        'the counts,\nwhich are printed at the end as well.',
    )
    .action(route);
}

async function route({
  frontend,
  backend,
}: {
  frontend: readonly string[];
  backend: readonly string[];
}): Promise<void> {
  const router = await Router.bind({ frontend, backend, logger });
  const { addresses } = router;
  print(`frontend ${addresses.frontend.join(', ')}`);
  print(`backend ${addresses.backend.join(', ')}`);
  const report = (): void => print(toJson(countsOf(router)));
  process.on('SIGUSR1', report);
  await interrupted();
  process.off('SIGUSR1', report);
  await router.close();
  report();
}

function countsOf({ counts }: Router): object {
  return { ...counts, dropped: Object.fromEntries(counts.dropped) };
}

function log(message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${message}\n`);
}

const logger: RouterLogger = { log, warn: log, error: log };
