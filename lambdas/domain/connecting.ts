// What `$connect` does: admission, the viewer's row, and the waking of a runner when none is at work.

import { type Admission, type AdmissionRules, admit, admitToCrowd, type ConnectRequest } from './admission.ts';
import { makeConnection } from './connection.ts';
import { isAtWork } from './liveness.ts';
import type { ConnectionStore } from './ports.ts';
import { type WakingPorts, wakeRunner } from './waking.ts';

export interface ConnectingViewer extends ConnectRequest {
  readonly connectionId: string;
  readonly connectedAtMillis: number;
}

export interface ConnectingTerms extends AdmissionRules {
  readonly intervalMillis: number;
}

/** Relay and waker of the shard that serves the connection. */
export interface ConnectingPorts extends WakingPorts {
  readonly connections: ConnectionStore;
}

/** The row is written before the relay is read, and a leader that finds nobody says so before it looks once more: in
 *  whatever order the two meet, either the leader sees the viewer or the viewer wakes a runner. */
export async function connectViewer(
  viewer: ConnectingViewer,
  terms: ConnectingTerms,
  ports: ConnectingPorts,
): Promise<Admission> {
  const admission = admit(viewer, terms);
  if (!admission.admitted) return admission;

  const { clock, connections, relay, log } = ports;
  const { connectionId, connectedAtMillis, viewerId, address } = viewer;
  const keptAddress = terms.maxViewersPerAddress === undefined ? undefined : address;
  await connections.put(makeConnection(connectionId, connectedAtMillis, { viewerId, address: keptAddress }));

  const state = await relay.read();
  if (!isAtWork(state, clock.now(), terms.intervalMillis)) {
    // Nobody has counted lately, so nobody is refused.
    await wakeRunner(connectionId, ports);
    return admission;
  }
  const toCrowd = admitToCrowd(viewer, state.census, terms);
  if (!toCrowd.admitted) {
    await connections.remove(connectionId).catch((error) => {
      log.warn('could not remove the row of a refused viewer; a 410 will', { connectionId, error });
    });
  }
  return toCrowd;
}
