import type { RouterThroughput } from '../router.js';

/** A line for each measurement of the router. */
export function formatRouter(measurements: readonly RouterThroughput[]): string {
  const lines = measurements.map(
    ({ packed, messagesPerSecond, envelopesPerSecond }) =>
      `${String(packed).padStart(4)} envelopes a payload: ` +
      `${messagesPerSecond.toLocaleString('en')} messages/s, ` +
      `${envelopesPerSecond.toLocaleString('en')} envelopes/s\n`,
  );
  return `Through a router, one client to one service, all in one process\n${lines.join('')}`;
}
