import { describe, expect, it } from 'vitest';
import { resolveClientOptions } from '../../lib/client/client-options.js';
import { expectRefused } from '../options/wrong-option.js';

const connect = 'tcp://127.0.0.1:5555';
const resolve = (options: object) => (): unknown => resolveClientOptions({ connect, ...options });
const affinity = (): string => 'key';

describe('the most links of a client', () => {
  it.each([
    ['100', {}, 100],
    ['as many as it says', { subset: 20 }, 20],
    ['not limited by 0', { subset: 0 }, 0],
    ['not limited with affinity', { affinity }, 0],
    ['not limited with affinity and 0', { affinity, subset: 0 }, 0],
    ['not limited for PUB', { socket: 'pub' }, 0],
  ])('are %s', (_much, options, subset) => {
    expect(resolve(options)()).toMatchObject({ subset });
  });
});

describe('options of balancing', () => {
  it.each([
    ['subset', { subset: -1 }, /give a whole number/u],
    ['subset', { subset: 1.5 }, /give a whole number/u],
    ['subset', { subset: 20, affinity }, /with affinity all are linked/u],
    ['zone', { zone: 5 }, /give a text/u],
    ['zone', { zone: '' }, /give a text/u],
    ['slowStart', { slowStart: -1 }, /give milliseconds/u],
    ['affinity', { affinity: 'user' }, /give a function/u],
  ])('%s is refused: %j', (option, options, remedy) => {
    expectRefused(resolve(options), option, remedy);
  });

  it.each([['subset', 5] as const, ['affinity', affinity] as const])(
    '%s is nothing for PUB',
    (option, value) => {
      expectRefused(resolve({ socket: 'pub', [option]: value }), option, /PUB sends to all/u);
    },
  );

  it('zone and slowStart may be those of all clients of an app, PUB too', () => {
    expect(resolve({ socket: 'pub', zone: 'a', slowStart: 5 })).not.toThrow();
  });
});
