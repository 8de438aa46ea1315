import type { Site, SiteOptions } from './site.js';

/** A row of docs/moving-from-tcp.md: what an app sees, and what it is over each transport. */
export interface Row {
  /** The first cell. */
  name: string;
  /** Whether it is so with NestJS 12 alone. */
  from12?: boolean;
  options?: SiteOptions;
  observe: (site: Site) => unknown;
  /** The second cell. */
  tcp: unknown;
  /** The third cell. */
  here: unknown;
  /** The last cell: what the changed app sees, over both transports unless it says otherwise. */
  changed?: {
    options?: SiteOptions;
    observe: (site: Site) => unknown;
    sees: unknown;
    over?: readonly Site['transport'][];
  };
}

/** A row of the second table: what is the same over both. */
export interface SameRow {
  /** The item of the list. */
  name: string;
  /** Whether it is so with NestJS 12 alone. */
  from12?: boolean;
  options?: SiteOptions;
  observe: (site: Site) => unknown;
  sees: unknown;
}
