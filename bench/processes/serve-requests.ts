import { inspect } from 'node:util';
import type { Usage } from '../measurement.js';
import type { ProcessRequest, ProcessResponse } from './messages.js';

/** Responds to the requests of the main process until that one ends. */
export function serveRequests(
  address: string,
  handle: (request: ProcessRequest) => Promise<ProcessResponse>,
): void {
  const serve = async (request: ProcessRequest): Promise<void> => {
    try {
      respond(request.kind === 'usage' ? { kind: 'usage', usage: usage() } : await handle(request));
    } catch (error) {
      respond({ kind: 'failed', reason: inspect(error) });
    }
  };
  process.on('message', (request: ProcessRequest) => void serve(request));
  process.on('disconnect', () => process.exit());
  respond({ kind: 'ready', address });
}

function usage(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpu: userCPUTime + systemCPUTime, peakMemory: maxRSS * 1024 };
}

function respond(response: ProcessResponse): void {
  process.send?.(response);
}
