// What `$connect` does: admission, the viewer's row, its place, and the waking of a runner when none is at work.

import { networkOf } from './address-limit.ts';
import { type Admission, type AdmissionRules, admit, type ConnectRequest, refuseFull } from './admission.ts';
import { makeConnection } from './connection.ts';
import { hasActiveRunner } from './liveness.ts';
import type { ConnectionStore } from './ports.ts';
import { type WakingPorts, wakeRunner } from './waking.ts';

export interface ConnectingViewer extends ConnectRequest {
  readonly connectionId: string;
  readonly connectedAtMillis: number;
}

export interface ConnectingRules extends AdmissionRules {
  readonly intervalMillis: number;
}

/** Relay and wake queue of the shard that serves the connection. */
export interface ConnectingPorts extends WakingPorts {
  readonly connections: ConnectionStore;
}

/** Writes the row before it counts the viewer in the relay. A leader that has counted fewer reads the roster, and a
 *  leader that found no viewers cannot mark the shard as empty: in either order the viewer is seen, or it wakes a
 *  runner. */
export async function connectViewer(
  viewer: ConnectingViewer,
  terms: ConnectingRules,
  ports: ConnectingPorts,
): Promise<Admission> {
  const admission = admit(viewer, terms);
  if (!admission.admitted) return admission;

  const { clock, connections, relay, log } = ports;
  const { connectionId, connectedAtMillis, viewerId, address } = viewer;
  const keptAddress = terms.maxViewersPerAddress === undefined ? undefined : networkOf(address);
  await connections.put(makeConnection(connectionId, connectedAtMillis, { viewerId, address: keptAddress }));

  const place = await relay.reservePlace(Math.ceil(terms.maxViewers / terms.shards), keptAddress);
  const before = place ?? (await relay.read());
  const isRunning = hasActiveRunner(before, clock.now(), terms.intervalMillis);
  if (!isRunning) await wakeRunner(connectionId, ports);
  if (place !== undefined) return admission;

  // A runner has counted the places. When none is at work, the count is only right if it began with an empty shard.
  const isCounted = before.wasEmptySinceLastClaim || before.lastBoundaryMillis === 0;
  if (!isRunning && !isCounted) {
    await relay.countArrival();
    return admission;
  }
  await connections.remove(connectionId).catch((error) => {
    log.warn('could not remove the row of a refused viewer; a 410 will', { connectionId, error });
  });
  const isCrowded = keptAddress !== undefined && before.crowdedAddresses.includes(keptAddress);
  return refuseFull(terms, isCrowded ? keptAddress : undefined);
}
