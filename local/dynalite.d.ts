// The part of dynalite used here; the package has no types.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  /** An HTTP server that speaks DynamoDB, in memory; not yet listening. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
