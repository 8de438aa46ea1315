import { type Command, writeCommand } from './command.js';
import type { Mechanism, MechanismKind, MechanismStep } from './mechanism.js';
import { ProtocolError } from './protocol-error.js';

/** No security: each side sends READY at once (37/ZMTP, "The NULL Security Mechanism"). */
export const NULL_MECHANISM: MechanismKind = {
  name: 'NULL',
  isServer: false,
  create: (metadata) => new NullMechanism(metadata),
};

class NullMechanism implements Mechanism {
  constructor(private readonly metadata: Buffer) {}

  begin(): Buffer {
    return writeCommand('READY', this.metadata);
  }

  receive({ name, data }: Command): MechanismStep {
    if (name !== 'READY') {
      throw new ProtocolError('the handshake has another command than READY');
    }
    return { metadata: data };
  }
}
