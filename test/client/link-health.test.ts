import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { LinkHealth } from '../../lib/client/links/link-health.js';

const INTERVAL = 25;

let now: number;
let health: LinkHealth;
let asked: number;
let canAsk: boolean;
let heardAt: number;

beforeEach(() => {
  now = 1000;
  asked = 0;
  canAsk = true;
  heardAt = 0;
  health = new LinkHealth(
    () => now,
    () => 0.5,
  );
  beat();
});

/** So many beats at which calls are in flight and nothing comes. @returns whether it ended in silence */
function beQuiet(beats: number): boolean {
  let isSilent = false;
  for (let times = 0; times < beats; times++) {
    isSilent = beat() || isSilent;
  }
  return isSilent;
}

function beat(isExpecting = true): boolean {
  now += INTERVAL;
  const ask = (): boolean => {
    asked++;
    return canAsk;
  };
  return health.observe({ heardAt, isExpecting, interval: INTERVAL, ask });
}

/** Something comes. */
function hear(isExpecting = true): void {
  heardAt = now;
  beat(isExpecting);
}

describe('a trusted link', () => {
  it('is suspected, and its server is asked, after 50 ms without a message', () => {
    beQuiet(1);
    expect([health.name, asked]).toEqual(['trusted', 0]);
    beQuiet(1);
    expect([health.name, asked, health.rank]).toEqual(['suspected', 1, 1]);
  });

  it.each([
    ['four times', 100, 16],
    ['at most a second, whatever', 10_000, 40],
  ])('has %s its latency', (_much, latency, beats) => {
    health.answered(latency);
    beQuiet(beats - 1);
    expect(health.name).toBe('trusted');
    beQuiet(1);
    expect(health.name).toBe('suspected');
  });

  it('is not suspected while nothing is expected of it', () => {
    Array.from({ length: 100 }, () => beat(false));
    expect(health.name).toBe('trusted');
  });

  it('is not suspected while messages come', () => {
    Array.from({ length: 100 }, () => hear());
    expect(health.name).toBe('trusted');
  });

  it('is ejected after five timeouts in a row', () => {
    Array.from({ length: 4 }, () => health.timedOut());
    health.answered(1);
    Array.from({ length: 4 }, () => health.timedOut());
    expect(health.name).toBe('trusted');
    health.timedOut();
    expect([health.name, health.failures, health.rank]).toEqual(['ejected', 9, 2]);
  });

  it('is ejected when it is lost with calls in flight, and not without', () => {
    health.lost(0);
    expect(health.name).toBe('trusted');
    health.lost(3);
    expect([health.name, health.failures]).toEqual(['ejected', 3]);
  });
});

describe('a suspected link', () => {
  beforeEach(() => {
    beQuiet(2);
  });

  it('is trusted again when anything comes', () => {
    hear();
    expect(health.name).toBe('trusted');
  });

  it('is ejected when its server does not answer within 100 ms', () => {
    expect(beQuiet(3)).toBe(false);
    expect(beQuiet(1)).toBe(true);
    expect(health.name).toBe('ejected');
  });

  it('stays suspected when its calls have ended, until its server answers', () => {
    beat(false);
    expect(health.name).toBe('suspected');
    hear(false);
    expect(health.name).toBe('trusted');
  });
});

describe('a trusted link, while another server is silent,', () => {
  const doubt = (): void => health.doubt(() => (asked++, canAsk));

  it('is asked, and suspected until its server answers', () => {
    doubt();
    expect([health.name, asked]).toEqual(['suspected', 1]);
    hear(false);
    expect(health.name).toBe('trusted');
  });

  it('is ejected without any call when its server does not answer within 100 ms', () => {
    doubt();
    Array.from({ length: 3 }, () => beat(false));
    expect(health.name).toBe('suspected');
    expect(beat(false)).toBe(true);
    expect([health.name, health.failures]).toEqual(['ejected', 0]);
  });

  it('stays trusted where its server cannot be asked', () => {
    canAsk = false;
    doubt();
    expect(health.name).toBe('trusted');
  });

  it('is not asked again when it is suspected already', () => {
    doubt();
    doubt();
    expect(asked).toBe(1);
  });
});

it('a server that cannot be asked is suspected until nothing is expected of it, and not ejected', () => {
  canAsk = false;
  beQuiet(2);
  expect(health.name).toBe('suspected');
  beat(false);
  expect(health.name).toBe('trusted');
});

it('a server that cannot be asked is suspected as long as it is silent, and not ejected', () => {
  canAsk = false;
  expect(beQuiet(1000)).toBe(false);
  expect(health.name).toBe('suspected');
  hear();
  expect(health.name).toBe('trusted');
});

describe('an ejected link', () => {
  /** Lets the time of the ejection pass, as far as a beat. @returns how long that was */
  function serve(): number {
    const since = now;
    while (health.name === 'ejected') {
      beat();
    }
    return now - since;
  }

  /** Lets the only call of its trial fail. */
  function failTrial(): void {
    health.tried();
    health.timedOut();
  }

  it('is ejected for a time that doubles with each trial that fails, up to 30 s', () => {
    health.lost(1);
    const times = Array.from({ length: 7 }, () => {
      const time = serve();
      failTrial();
      return time;
    });
    expect(times).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('is ejected for the shortest time again once it was trusted for longer than that', () => {
    health.lost(1);
    serve();
    failTrial();
    serve();
    health.tried();
    health.answered(1);
    now += 10_000;
    health.lost(1);
    expect(serve()).toBe(1000);
  });

  it('is ejected for the shortest time too when it was only suspected now and then before', () => {
    for (let times = 0; times < 5; times++) {
      beQuiet(2);
      hear();
      now += 10_000;
    }
    beQuiet(2);
    health.lost(1);
    expect(serve()).toBe(1000);
  });

  it('is tried with one call, whose response makes it trusted', () => {
    health.lost(1);
    serve();
    expect([health.name, health.wantsTrial]).toEqual(['trial', true]);
    health.tried();
    expect(health.wantsTrial).toBe(false);
    health.answered(undefined);
    expect(health.name).toBe('trusted');
  });

  it('is tried with another call when the caller has cancelled the first one', () => {
    health.lost(1);
    serve();
    health.tried();
    beat(false);
    expect(health.wantsTrial).toBe(true);
  });

  it.each([
    ['a message comes', () => hear()],
    ['it is connected anew', () => health.connected()],
  ])('that was silent is not tried until %s', (_event, happen) => {
    beQuiet(6);
    beQuiet(1000);
    expect(health.name).toBe('ejected');
    happen();
    beat();
    expect(health.name).toBe('trial');
  });

  it('is trusted when it responds after its time, since it got calls for want of a better one', () => {
    health.lost(1);
    health.answered(1);
    expect(health.name).toBe('ejected');
    now += 1000;
    health.answered(1);
    expect(health.name).toBe('trusted');
  });
});

it('its latency is a moving average', () => {
  expect(health.latency).toBe(0);
  health.answered(16);
  expect(health.latency).toBe(16);
  health.answered(32);
  expect(health.latency).toBe(17);
  health.answered(undefined);
  expect(health.latency).toBe(17);
});

it('whatever has happened, a link whose server responds is trusted again within its ejection', () => {
  const events: Record<string, () => void> = {
    quiet: () => beat(),
    idle: () => beat(false),
    heard: () => hear(),
    answered: () => health.answered(5),
    timedOut: () => health.timedOut(),
    lost: () => health.lost(1),
    connected: () => health.connected(),
    tried: () => health.wantsTrial && health.tried(),
  };
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.keys(events)), { maxLength: 200 }), (names) => {
      health = new LinkHealth(
        () => now,
        () => 0.5,
      );
      names.forEach((name) => events[name]?.());
      now += 30_000;
      hear();
      health.answered(5);
      expect(health.name).toBe('trusted');
    }),
  );
});
