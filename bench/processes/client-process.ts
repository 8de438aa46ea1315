import 'reflect-metadata';
import { runLoad } from '../loads/run-load.js';
import { transportOf } from '../transports/transports.js';
import { answerQuestions } from './answer-questions.js';
import { Clients } from './clients.js';
import { serve } from './serve.js';

const [, , transportName = '', givenAddress = ''] = process.argv;
const transport = transportOf(transportName);
const address = transport.isInOneProcess ? await serve(transport) : givenAddress;
const clients = new Clients(transport, address);

answerQuestions(address, async (question) => {
  switch (question.kind) {
    case 'open':
      await clients.open(question.connections);
      return { kind: 'open' };
    case 'load': {
      const { load, times } = question;
      const opened = await clients.open(load.connections);
      const result = await runLoad(load, opened, (method) => transport.pattern(method), times);
      return { kind: 'load', result };
    }
    default:
      throw new Error(`a client does not do '${question.kind}'`);
  }
});
