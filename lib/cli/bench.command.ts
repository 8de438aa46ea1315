import type { Command } from 'commander';
import { BenchRun } from './bench-run.js';
import { wholeNumber } from './connect-command.js';
import { digits } from './duration.js';
import { type MethodFlags, methodCommand, parseValue } from './method-command.js';
import { ExitCode, print, toJson } from './output.js';
import { Progress } from './progress.js';
import { interrupted } from './running-server.js';
import { type ConnectFlags, withClient } from './with-client.js';

/** How long the longest bar is, in characters. */
const BAR = 40;

interface BenchFlags extends ConnectFlags, MethodFlags {
  seconds: number;
  parallel: number;
  json?: true;
}

/** `nestjs-remote bench`: measures how fast a method responds. */
export function benchCommand(): Command {
  return methodCommand('bench')
    .description('call a method over and over, print the rate and the latencies')
    .option(
      '-s, --seconds <time>',
      'how long to call; until interrupted at most',
      wholeNumber(1),
      5,
    )
    .option('-p, --parallel <calls>', 'how many calls at once', wholeNumber(1), 64)
    .option('-j, --json', 'print {"calls", "rate", "latency" …} as JSON, and {"error"}')
    .addHelpText(
      'after',
      `
Examples:
  nestjs-remote bench tcp://127.0.0.1:5555 echo hello
  nestjs-remote bench tcp://127.0.0.1:5555 add 1 2 --parallel 1 --seconds 10 --json

The method runs as often as it can be called: choose one that may. Latencies are milliseconds.
Exit code: 0 if all calls had results, 1 if any had an error, 2 without a connection.`,
    )
    .action(bench);
}

function bench(
  connect: string,
  method: string,
  texts: readonly string[],
  { seconds, parallel, json, metadata, ...flags }: BenchFlags,
): Promise<void> {
  return withClient(connect, flags, async (client) => {
    const run = BenchRun.of(client, method, texts.map(parseValue), metadata && { metadata });
    const end = setTimeout(() => run.stop(), seconds * 1000);
    void interrupted().then(() => run.stop());
    const progress = new Progress(() => {
      const share = Math.min(100, (run.seconds / seconds) * 100).toFixed(0);
      return `${share.padStart(3)} %  ${count(run.rate)} calls/s`;
    });
    try {
      await run.run(parallel);
    } finally {
      clearTimeout(end);
      progress.end();
    }
    if (json) {
      print(toJson(reportOf(run, method, parallel)));
    } else {
      printReport(run, parallel);
    }
    if (Object.keys(run.errors).length > 0) {
      process.exitCode = ExitCode.FAILED;
    }
  });
}

function reportOf(run: BenchRun, method: string, parallel: number): object {
  const { latencies, errors, seconds, rate } = run;
  return {
    method,
    parallel,
    seconds: Number(seconds.toFixed(3)),
    calls: latencies.count,
    errors,
    rate: Math.round(rate),
    latency: latencies.summary ?? null,
    histogram: latencies.buckets,
  };
}

function printReport({ latencies, errors, seconds, rate }: BenchRun, parallel: number): void {
  print(
    ['bold', `${count(rate)} calls/s`],
    `  (${count(latencies.count)} calls in ${seconds.toFixed(1)} s, ${parallel} at once)`,
  );
  for (const [code, failed] of Object.entries(errors)) {
    print(['red', `${count(failed)} errors ${code}`]);
  }
  const { summary, buckets } = latencies;
  if (summary) {
    print(
      `latency in ms  ${Object.entries(summary)
        .map(([name, value]) => `${name} ${digits(value)}`)
        .join('  ')}`,
    );
  }
  const most = Math.max(...buckets.map(({ calls }) => calls));
  for (const { milliseconds, calls } of buckets) {
    const bar = '█'.repeat(Math.ceil((calls / most) * BAR)).padEnd(BAR);
    print(`≤ ${String(milliseconds).padStart(6)} ms  `, ['green', bar], `  ${count(calls)}`);
  }
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
