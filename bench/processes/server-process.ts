import 'reflect-metadata';
import { transportOf } from '../transports/transports.js';
import { serveRequests } from './serve-requests.js';

const [, , transportName = '', brokerPort] = process.argv;
const { address, countEvents } = await transportOf(transportName).listen(Number(brokerPort));

serveRequests(address, async ({ kind }) => {
  if (kind !== 'count') {
    throw new Error(`a server does not do '${kind}'`);
  }
  return { kind, count: countEvents() };
});
