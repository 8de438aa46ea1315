/** An address or a source of addresses as people may read it: without user and password. */
export function sourceName(source: string): string {
  return source.replace(/^([a-z+]+:\/\/)[^/]*@/, '$1');
}
