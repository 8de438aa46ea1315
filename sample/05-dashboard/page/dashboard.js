import { LiveChart, shade } from './chart.js';
import { element, show, showArm, showSticks } from './figures.js';
import { WINDOW } from './history.js';
import { Stops } from './stops.js';

/** After how many milliseconds without a report the robot counts as away. */
const SILENCE = 2000;

const stops = new Stops();

export const joints = new LiveChart('joints', {
  lines: ['shoulder', 'elbow', 'wrist'],
  range: [-120, 120],
  marks: [-120, -60, 0, 60, 120],
  times: [-20, -15, -10, -5, 0],
  unit: '°',
  background: shade('halted', () => stops.within(joints.history.lastTime, WINDOW)),
});
export const battery = new LiveChart('battery', {
  lines: ['single'],
  range: fromZero(6),
  times: [-20, 0],
  unit: ' A',
});
export const roundTrips = new LiveChart('round-trips', {
  lines: ['single'],
  range: fromZero(2),
  times: [-20, 0],
  unit: '',
});

let heardAt = -Infinity;
/** When a stop was asked for that the robot has not reported. @type {number | undefined} */
let stopAskedAt;

const events = new EventSource('events');

on('arm', ({ at, state, angles }) => {
  heardAt = performance.now();
  joints.history.push(at, [angles.shoulder, angles.elbow, angles.wrist]);
  stops.note(at, state === 'stopped');
  showArm(angles);
  showState(state);
});

on('battery', ({ at, charge, voltage, current }) => {
  battery.history.push(at, [current]);
  /** @type {HTMLMeterElement} */ (element('meter')).value = charge;
  show('charge', charge.toFixed(1));
  show('voltage', voltage.toFixed(1));
  show('current', current.toFixed(1));
});

on('roundTrip', ({ at, milliseconds }) => {
  roundTrips.history.push(at, [milliseconds]);
  const sorted = roundTrips.history.values(0).toSorted((a, b) => a - b);
  show('median', sorted[sorted.length >> 1]?.toFixed(1) ?? '–');
  show('slowest', sorted.at(-1)?.toFixed(1) ?? '–');
});

on('gamepad', showSticks);

element('stop').addEventListener('click', () => {
  stopAskedAt = performance.now();
  void fetch('emergency-stop', { method: 'POST' });
});
element('release').addEventListener('click', () => {
  void fetch('release', { method: 'POST' });
});

requestAnimationFrame(draw);

function draw() {
  if (performance.now() - heardAt > SILENCE) {
    showState('waiting');
  }
  [joints, battery, roundTrips].forEach((chart) => chart.draw());
  requestAnimationFrame(draw);
}

/**
 * Shows what the robot says of itself, not what was asked of it.
 *
 * @param {'moving' | 'stopped' | 'waiting'} state
 */
function showState(state) {
  const page = document.documentElement.dataset;
  if (page['state'] === state) {
    return;
  }
  page['state'] = state;
  element('release').hidden = state !== 'stopped';
  show(
    'state',
    { moving: 'Moving', stopped: `Stopped${afterButton()}`, waiting: 'Waiting for the robot' }[
      state
    ],
  );
  stopAskedAt = undefined;
}

function afterButton() {
  return stopAskedAt === undefined
    ? ''
    : `, ${Math.ceil(performance.now() - stopAskedAt)} ms after the button`;
}

/**
 * A range from 0 to the greatest value, and at least to this one.
 *
 * @param {number} least
 * @returns {(plot: unknown, least: number | null, greatest: number | null) => [number, number]}
 */
function fromZero(least) {
  return (_plot, _least, greatest) => [0, Math.max(least, (greatest ?? 0) * 1.15)];
}

/**
 * @template {keyof import('../live-events.js').LiveEvents} Type
 * @param {Type} type
 * @param {(data: import('../live-events.js').LiveEvents[Type]) => void} listener
 */
function on(type, listener) {
  events.addEventListener(type, ({ data }) => listener(JSON.parse(data)));
}
