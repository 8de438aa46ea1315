import { NestFactory } from '@nestjs/core';
import { BenchModule } from '../service.js';
import type { Transport } from '../transports/transport.js';

/**
 * Starts the Nest app of the server.
 *
 * @returns where clients reach it
 */
export async function serve(transport: Transport, brokerPort = 0): Promise<string> {
  const server = await NestFactory.createMicroservice(BenchModule, {
    ...transport.serverOptions(brokerPort),
    logger: false,
  });
  await server.listen();
  return transport.addressOf(server, brokerPort);
}
