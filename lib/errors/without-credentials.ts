/** A text as people may read it: addresses of etcd in it have no user and no password. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/(etcds?:\/\/)[^\s/"]*@/g, '$1');
}
