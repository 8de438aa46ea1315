/** The keys of a header on the wire (protocol.md 2.2). */
export const HeaderKey = {
  TIMEOUT: 0,
  METADATA: 1,
  CODE: 2,
  ATTACHMENTS: 3,
  ITEMS: 4,
  ERROR: 5,
} as const;
