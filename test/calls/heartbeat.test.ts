import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat, type Living, type Question } from '../../lib/calls/heartbeat.js';

const INTERVAL = 100;

/** A peer whose life the test decides. */
interface TestPeer extends Living {
  name: string;
  heardAt: number;
  sentAt: number;
  question: Question;
}

let expected: TestPeer[];
/** Whether something will be expected without another start. */
let isBusy: boolean;
/** What the heartbeat has done, in order. */
let done: string[];
let heartbeat: Heartbeat<TestPeer>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
  expected = [];
  isBusy = false;
  done = [];
  heartbeat = new Heartbeat<TestPeer>(INTERVAL, {
    get isExpecting() {
      return expected.length > 0 || isBusy;
    },
    expected: () => expected,
    ping: ({ name, question }) => {
      done.push(`ping ${name}`);
      return question;
    },
    lost: (peer) => {
      done.push(`lost ${peer.name}`);
      expected = expected.filter((other) => other !== peer);
    },
  });
});

afterEach(() => {
  heartbeat.stop();
  vi.restoreAllMocks(); // First: it would put the false clock back.
  vi.useRealTimers();
});

/** Expects something of a peer from now on. */
function expectOf(name: string, wasSent = true): TestPeer {
  const peer = { name, heardAt: 0, sentAt: 0, question: { wasSent } };
  expected.push(peer);
  heartbeat.start();
  return peer;
}

/** Lets so many intervals pass. */
function pass(intervals: number): void {
  // The turn of the event loop takes a millisecond of the false clock.
  vi.advanceTimersByTime(intervals * (INTERVAL + 1));
}

describe('a peer that something is expected of', () => {
  it('is asked once it was quiet for an interval, and lost after three', () => {
    expectOf('a');
    pass(1);
    expect(done).toEqual([]);
    pass(2);
    expect(done).toEqual(['ping a', 'ping a']);
    pass(1);
    expect(done).toEqual(['ping a', 'ping a', 'lost a']);
  });

  it('is not asked while anything comes from it', () => {
    const peer = expectOf('a');
    for (let beat = 0; beat < 10; beat++) {
      peer.heardAt++;
      pass(1);
    }
    expect(done).toEqual([]);
  });

  it('is not lost while it answers', () => {
    const peer = expectOf('a');
    for (let beat = 0; beat < 10; beat++) {
      pass(2);
      peer.heardAt++;
    }
    expect(done).not.toContain('lost a');
    expect(done).toContain('ping a');
  });

  it('is not lost while the question waits behind messages that it takes', () => {
    const peer = expectOf('a', false);
    for (let beat = 0; beat < 10; beat++) {
      pass(1);
      peer.sentAt++;
    }
    expect(done).toEqual(['ping a']);
  });

  it('is lost where it does not even take messages', () => {
    expectOf('a', false);
    pass(4);
    expect(done.at(-1)).toBe('lost a');
  });

  it('does not suffer from the quiet of another', () => {
    expectOf('a');
    const other = expectOf('b');
    for (let beat = 0; beat < 6; beat++) {
      pass(1);
      other.heardAt++;
    }
    expect(done).toEqual(['ping a', 'ping a', 'lost a']);
  });
});

describe('a beat that comes late', () => {
  it('is not counted, since this process was busy', () => {
    expectOf('a');
    pass(3);
    const late = performance.now() + 100 * INTERVAL;
    const clock = vi.spyOn(performance, 'now').mockReturnValue(late);
    pass(1);
    expect(done).toEqual(['ping a', 'ping a', 'ping a']);
    clock.mockRestore();
    pass(1);
    expect(done.at(-1)).toBe('lost a');
  });
});

describe('a heartbeat', () => {
  it('rests while nothing is expected of anyone, and starts again', () => {
    expectOf('a');
    expected = [];
    pass(1);
    expect(vi.getTimerCount()).toBe(0);
    expectOf('b');
    pass(2);
    expect(done).toEqual(['ping b']);
  });

  it('goes on while something will be expected, though it is of nobody yet', () => {
    isBusy = true;
    heartbeat.start();
    pass(3);
    expected.push({ name: 'a', heardAt: 0, sentAt: 0, question: { wasSent: true } });
    pass(4);
    expect(done).toEqual(['ping a', 'ping a', 'lost a']);
  });

  it('watches nobody where its interval is 0', () => {
    heartbeat = new Heartbeat<TestPeer>(0, {
      isExpecting: true,
      expected: () => expected,
      ping: ({ question }) => question,
      lost: () => undefined,
    });
    expectOf('a');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('forgets everyone when it is stopped', () => {
    expectOf('a');
    pass(3);
    heartbeat.stop();
    heartbeat.start();
    pass(1);
    expect(done).toEqual(['ping a', 'ping a']);
  });
});
