import { Controller, Logger } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startService } from '../support/nest.js';

@Controller()
class RequestController {
  @MessagePattern('sum')
  sum(): void {}
}

@Controller()
class EventController {
  @EventPattern('event')
  event(_data: unknown): void {}
}

function warnings(): unknown[] {
  const warned: unknown[] = [];
  const spy = vi.spyOn(Logger.prototype, 'warn').mockImplementation((text: unknown) => {
    warned.push(text);
  });
  onTestFinished(() => spy.mockRestore());
  return warned;
}

test('a SUB server warns of its @MessagePatterns when it listens', async () => {
  const warned = warnings();
  await startService(
    { controllers: [RequestController, EventController] },
    { socket: 'sub', bind: 'tcp://127.0.0.1:*' },
  );
  expect(warned).toEqual(['SUB takes events only: nobody can call sum']);
});

test('a SUB server without topics and event handlers warns that nothing will come', async () => {
  const warned = warnings();
  await startService({ controllers: [] }, { socket: 'sub', bind: 'tcp://127.0.0.1:*' });
  expect(warned).toEqual(['SUB has neither topics nor event handlers: nothing will come']);
});
