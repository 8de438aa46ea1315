import type { LiveEvents } from './live-events.js';

/** One event of the stream that the page reads. */
type LiveEvent = {
  [Type in keyof LiveEvents]: { type: Type; data: LiveEvents[Type] };
}[keyof LiveEvents];

/**
 * Reads server-sent events, as a browser's `EventSource` does.
 *
 * @throws when the signal aborts
 */
export async function* eventsOf(url: string, signal: AbortSignal): AsyncGenerator<LiveEvent> {
  const { body } = await fetch(url, { signal });
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (text + chunk).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const { type, data } = Object.fromEntries(event.split('\n').map(fieldOf));
      if (type !== undefined && data !== undefined) {
        yield { type, data: JSON.parse(data) } as LiveEvent;
      }
    }
  }
}

function fieldOf(line: string): [name: string, value: string] {
  const [name = '', ...value] = line.split(': ');
  return [name === 'event' ? 'type' : name, value.join(': ')];
}
