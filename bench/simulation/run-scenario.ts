import { LoadWatch } from './load-watch.js';
import { type ScenarioResult, rangeOf } from './results.js';
import { CALLS_END, CALL_RATE, type Scenario } from './scenarios.js';
import { Site, type Size } from './site.js';
import { SeededRandom } from './time/seeded-random.js';
import { virtualize } from './time/virtual-process.js';
import { VirtualTime } from './time/virtual-time.js';

/** When links are up, and clients call, in milliseconds. */
const WARM = 2000;

/** How long the load is counted each time, in milliseconds. */
const LOAD_SPAN = 4000;

/** By then the last calls have ended, in milliseconds: they have 5 s. */
const TAIL = 6000;

/**
 * Runs a scenario. Meanwhile this process has the time and the random numbers of that: nothing else
 * runs beside it.
 *
 * @param seed the same one leads to the same result, to the byte, in a process that has run no other
 */
export async function runScenario(
  scenario: Scenario,
  size: Size,
  seed: string,
): Promise<ScenarioResult> {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  const restore = virtualize(time, random.fork('process'));
  try {
    const { rate = CALL_RATE } = scenario;
    const site = new Site(size, time, random.fork('site'), rate, endOf(scenario));
    return await play(scenario, time, site);
  } finally {
    restore();
  }
}

async function play(scenario: Scenario, time: VirtualTime, site: Site): Promise<ScenarioResult> {
  const { name, title, group, steps = {} } = scenario;
  const end = endOf(scenario);
  const firstStep = Math.min(end, ...Object.keys(steps).map(Number));
  const { lossAt = firstStep } = scenario;
  for (const [at, step] of Object.entries(steps)) {
    time.after(Number(at), () => step(site));
  }
  await time.runUntil(WARM);
  const total = new LoadWatch(site.servers, WARM);
  const load = new LoadWatch(site.servers, WARM);
  while (time.now < end) {
    await time.runUntil(Math.min(end, time.now + LOAD_SPAN));
    load.end(site.servers, site.group, time.now);
  }
  const spread = firstStep === end ? total.end(site.servers, site.group, end) : undefined;
  const { recorder } = site;
  const links = rangeOf(site.clients.map(({ linkCount }) => linkCount));
  const running = site.servers.filter(({ isRunning }) => isRunning);
  const clients = rangeOf(running.map((server) => server.clients));
  await time.runUntil(end + TAIL);
  return {
    name,
    title,
    ...(group !== undefined && { group }),
    steps: Object.keys(steps).map((at) => Number(at) / 1000),
    calls: recorder.made,
    failed: recorder.failed,
    codes: Object.fromEntries(recorder.codes),
    ...(recorder.lastFailedAt > 0 && {
      recovery: Math.max(0, recorder.lastFailedAt - lossAt) / 1000,
    }),
    links,
    clients,
    ...(spread && { spread }),
    loads: load.spreads,
    spans: recorder.results,
  };
}

function endOf({ callsEnd = CALLS_END }: Scenario): number {
  return callsEnd;
}
