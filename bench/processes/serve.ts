import { NestFactory } from '@nestjs/core';
import { BenchModule } from '../service.js';
import type { Transport } from '../transports/transport.js';

/** Starts the Nest app of the server. @returns its address */
export async function serve(transport: Transport): Promise<string> {
  const server = await NestFactory.createMicroservice(BenchModule, {
    ...transport.serverOptions(),
    logger: false,
  });
  await server.listen();
  return transport.addressOf(server);
}
