// Types for the part of dynalite that is used here. The package has no types.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  /** Creates an HTTP server with DynamoDB's API, in memory. It does not listen yet. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
