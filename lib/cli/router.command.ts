import { Command } from 'commander';
import { Router } from '../router/router.js';
import type { RouterLogger } from '../router/router-options.js';
import { print, printStatus, toJson } from './output.js';
import { interrupted } from './running-server.js';
import { type CurveFlags, addCurveFlags, curveOf } from './security-flags.js';

/** `nestjs-remote router`: runs a router. */
export function routerCommand(): Command {
  const command = new Command('router')
    .description('pass messages between clients and services, until interrupted')
    .requiredOption('-f, --frontend <ADDRESS...>', 'where clients connect; one or several')
    .requiredOption('-b, --backend <ADDRESS...>', 'where services connect; one or several')
    .option('-j, --json', 'print errors as JSON too: {"error"}');
  return addCurveFlags(command, { listens: true })
    .addHelpText(
      'after',
      `
Example, in three terminals:
  nestjs-remote router --frontend tcp://127.0.0.1:6000 --backend tcp://127.0.0.1:7000
  nestjs-remote serve-echo tcp://127.0.0.1:7000 --identity echo
  nestjs-remote call tcp://127.0.0.1:6000 echo hello --address echo

The standard error logs which peers connect and disconnect, and what is dropped. At the end, and
at SIGUSR1, the counts of messages are printed as JSON.`,
    )
    .action(route);
}

async function route({
  frontend,
  backend,
  json: _json,
  ...keys
}: CurveFlags & {
  frontend: readonly string[];
  backend: readonly string[];
  json?: true;
}): Promise<void> {
  const router = await Router.bind({ frontend, backend, logger, ...curveOf(keys) });
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
  printStatus(`${new Date().toISOString()} ${message}`);
}

const logger: RouterLogger = { log, warn: log, error: log };
