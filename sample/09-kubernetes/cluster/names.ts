/**
 * Loaded before the program of a pod: looks names up as the DNS of the cluster has them, which the
 * parent process tells, and ends the pod when that process is gone.
 */
import dns from 'node:dns/promises';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';

/** The addresses of each name. A headless Service has none while none of its pods is ready. */
export type ClusterNames = Readonly<Record<string, readonly string[]>>;

let names: ClusterNames = {};
process.on('message', (told: ClusterNames) => {
  names = told;
});
process.once('disconnect', () => process.exit(1));
await once(process, 'message');
process.channel?.unref();

/** The only form of `dns.lookup` that the programs use. */
async function lookup(name: string): Promise<{ address: string; family: number }[]> {
  const addresses = names[name] ?? [];
  if (addresses.length === 0) {
    throw Object.assign(new Error(`no address for ${name}`), { code: 'ENOTFOUND' });
  }
  return addresses.map((address) => ({ address, family: 4 }));
}

Object.assign(dns, { lookup });
syncBuiltinESMExports();
