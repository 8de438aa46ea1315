import { measureRouter } from './router.js';

const DURATION = 2000;

process.stdout.write('Through a router, one client to one service, all in one process\n');
for (const packed of [1, 8, 32, 128]) {
  const { messagesPerSecond, envelopesPerSecond } = await measureRouter(packed, DURATION);
  process.stdout.write(
    `${String(packed).padStart(4)} envelopes a payload: ` +
      `${messagesPerSecond.toLocaleString('en')} messages/s, ` +
      `${envelopesPerSecond.toLocaleString('en')} envelopes/s\n`,
  );
}
