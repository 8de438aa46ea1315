import { Router } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { ANYWHERE } from './peers.js';

const sides = { frontend: ANYWHERE, backend: ANYWHERE };

describe('A router is not made of', () => {
  it.each([
    [{ frontend: ANYWHERE }, 'option backend: undefined cannot be used; give an address to bind'],
    [{ backend: ANYWHERE }, 'option frontend: undefined cannot be used; give an address to bind'],
    [{ frontend: [], backend: ANYWHERE }, 'option frontend: [] cannot be used'],
    [{ ...sides, bind: ANYWHERE }, 'a router has two sides: give frontend and backend'],
    [{ ...sides, connect: ANYWHERE }, 'a router binds: give frontend and backend'],
    [{ ...sides, name: 'x' }, 'option name: "x" cannot be used; there is no such option'],
    [{ ...sides, logger: 'console' }, 'give an object with log, warn and error, or false'],
    [
      { ...sides, logger: { log: () => undefined } },
      'give an object with log, warn and error, or false',
    ],
    [{ ...sides, limits: { maxMessages: -1 } }, 'option limits.maxMessages: -1 cannot be used'],
    [
      { ...sides, limits: { messages: 1 } },
      'option limits.messages: 1 cannot be used; there is no such',
    ],
    [{ ...sides, limits: 5 }, 'option limits: 5 cannot be used; give an object'],
    [{ ...sides, frontend: 'udp://127.0.0.1:5' }, "'udp://127.0.0.1:5' is a UDP address"],
    [{ ...sides, frontend: 'http://127.0.0.1' }, '"http://127.0.0.1" is not an address'],
    [
      { ...sides, socketOptions: { mandatory: false } },
      'socketOptions.mandatory: false cannot be used',
    ],
    [{ ...sides, socketOptions: { nonsense: 1 } }, 'socketOptions.nonsense: 1 cannot be used'],
  ])('%j', (options, message) => {
    expect(() => new Router(options as never)).toThrow(message);
  });
});
