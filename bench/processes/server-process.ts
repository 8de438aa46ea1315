import 'reflect-metadata';
import { transportOf } from '../transports/transports.js';
import { serveRequests } from './serve-requests.js';
import { serve } from './serve.js';

const [, , transportName = '', brokerPort] = process.argv;
const address = await serve(transportOf(transportName), Number(brokerPort));
serveRequests(address, async ({ kind }) => {
  throw new Error(`a server does not do '${kind}'`);
});
