/** How far a stick goes in the picture. */
const STICK_REACH = 33;

/** @param {string} id of an element that the page has */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * @param {string} id
 * @param {string} text
 */
export function show(id, text) {
  element(id).textContent = text;
}

/** @param {number} value is shown as a whole number, with a minus sign instead of a hyphen */
export function signed(value) {
  const rounded = Math.round(value);
  return rounded < 0 ? `−${-rounded}` : `${Math.abs(rounded)}`;
}

/** @param {import('../robot-service.js').Angles} angles */
export function showArm(angles) {
  for (const [joint, angle] of Object.entries(angles)) {
    show(joint, `${signed(angle)}°`);
    element(`${joint}-link`).setAttribute('transform', `rotate(${-angle})`);
  }
}

/** @param {import('../live-events.js').Gamepad} gamepad */
export function showSticks(gamepad) {
  for (const [side, { x, y }] of Object.entries(gamepad)) {
    element(`${side}-stick`).setAttribute(
      'transform',
      `translate(${STICK_REACH * x} ${-STICK_REACH * y})`,
    );
  }
}
