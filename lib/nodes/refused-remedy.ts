/** What to do where the other side refuses the credentials. */
export const REFUSED_REMEDY =
  'It does not accept these credentials: have it allow the public key, or correct security or socketOptions';
