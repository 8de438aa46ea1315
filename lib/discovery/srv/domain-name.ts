/** A domain name as hosts and services have it: what is sent to a name server has to fit there. */
const DOMAIN_NAME = /^(?=.{1,253}$)[\w-]{1,63}(?:\.[\w-]{1,63})*$/;

export function isDomainName(text: string): boolean {
  return DOMAIN_NAME.test(text);
}

/** Whether two domain names are one: case does not matter, by RFC 4343. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
