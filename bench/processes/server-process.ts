import 'reflect-metadata';
import { transportOf } from '../transports/transports.js';
import { answerQuestions } from './answer-questions.js';
import { serve } from './serve.js';

const [, , transportName = '', brokerPort] = process.argv;
const address = await serve(transportOf(transportName), Number(brokerPort));
answerQuestions(address, async ({ kind }) => {
  throw new Error(`a server does not do '${kind}'`);
});
