import { onTestFinished } from 'vitest';
import { createNode } from '../../lib/nodes/create-node.js';
import type { Node } from '../../lib/nodes/node.js';
import { NodeRecorder } from './node-recorder.js';

/** What a node of either engine has. */
export interface ProjectNodeOptions {
  type: 'router' | 'dealer' | 'pub' | 'sub';
  bind?: readonly string[];
  connect?: readonly string[];
  follows?: boolean;
  socketOptions?: object;
}

/** Makes a node of the engine whose project runs the test. A SUB takes all that comes. */
export function projectNode({ type, ...options }: ProjectNodeOptions): Node {
  const node = createNode({
    role: 'router',
    socket: type,
    bind: options.bind ?? [],
    connect: options.connect ?? [],
    follows: options.follows ?? false,
    socketOptions: { ...options.socketOptions },
  });
  onTestFinished(() => node.close());
  if (type === 'sub') {
    node.subscribe?.('');
  }
  return node;
}

/** Opens such a node and records what it reports. */
export async function openProjectNode(
  options: ProjectNodeOptions,
): Promise<{ node: Node; at: NodeRecorder }> {
  const node = projectNode(options);
  const at = new NodeRecorder();
  await node.open(at);
  return { node, at };
}
