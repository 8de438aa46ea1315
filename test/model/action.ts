import fc from 'fast-check';
import type { Behaviour } from './behaviour.js';
import type { CallPlan } from './observed-call.js';

/** How many clients and how many servers a world has. */
export const SIZE = 2;

/** One step of a run. None waits for time to pass. */
export type Action =
  | { do: 'call'; client: number; times: number; plan: CallPlan }
  | { do: 'emit'; client: number }
  /** The caller of some call goes away: unsubscribes, or aborts its signal. */
  | { do: 'cancel'; call: number }
  | { do: 'connect' | 'close'; client: number }
  /** What happens to the cable of a server. */
  | { do: 'cut' | 'refuse' | 'accept' | 'hold' | 'release'; server: number }
  /** The server closes, lets handlers answer, and listens again. */
  | { do: 'drain'; server: number }
  /** The server is gone without a word, and another has taken its place. */
  | { do: 'replace'; server: number }
  /** Every cable is whole again, every server listens, every client has a link. */
  | { do: 'heal' }
  /** The event loop turns so many times. */
  | { do: 'turn'; times: number };

/** Answers of one value, none, or an error. */
export const answer: fc.Arbitrary<Behaviour> = fc
  .record({
    form: fc.constantFrom<Behaviour['form']>('promise', 'observable', 'promise of an observable'),
    count: fc.nat({ max: 1 }),
    pace: fc.constantFrom<Behaviour['pace']>('at once', 'by turns'),
    weight: weight(),
    ending: ending(),
  })
  .map((behaviour) => ({
    ...behaviour,
    count: behaviour.ending === 'complete' ? behaviour.count : 0,
  }));

/** Answers of any number of values. */
export const stream: fc.Arbitrary<Behaviour> = fc.record({
  form: fc.constantFrom('observable', 'promise of an observable', 'iterable'),
  count: fc.nat({ max: 6 }),
  pace: fc.constantFrom('at once', 'by turns'),
  weight: weight(),
  ending: ending(),
});

/** Runs in which the handlers behave in these ways. */
export function actions(behaviour: fc.Arbitrary<Behaviour>): fc.Arbitrary<Action[]> {
  const plan: fc.Arbitrary<CallPlan> = fc.record({
    behaviour,
    style: fc.constantFrom('send', 'promise'),
    timeout: fc.constantFrom(0, 0, 100),
  });
  const which = fc.nat({ max: SIZE - 1 });
  const action = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        do: fc.constant('call' as const),
        client: which,
        times: fc.integer({ min: 1, max: 5 }),
        plan,
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('emit' as const), client: which }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('cancel' as const), call: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('connect', 'close'), client: which }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom('cut', 'refuse', 'accept', 'hold', 'release'),
        server: which,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('drain', 'replace'), server: which }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('heal' as const) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('turn' as const),
        times: fc.integer({ min: 1, max: 200 }),
      }),
    },
  );
  return fc.array(action, { minLength: 1, maxLength: 40, size: 'max' });
}

function weight(): fc.Arbitrary<Behaviour['weight']> {
  return fc.constantFrom('light', 'light', 'light', 'heavy');
}

function ending(): fc.Arbitrary<Behaviour['ending']> {
  return fc.constantFrom('complete', 'complete', 'error', 'never');
}
