// Handles `$connect`: checks the request, writes the viewer's row, reserves a place, and starts a runner if none is
// active.

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

/** Includes the relay and the wake queue of the shard that serves the connection. */
export interface ConnectingPorts extends WakingPorts {
  readonly connections: ConnectionStore;
}

/** Writes the row first and counts the viewer in the relay second, so that no viewer is overlooked. A leader that
 *  sees the higher count reads the roster again. A leader that found no viewers can no longer mark the shard as empty.
 *  If the leader marked the shard as empty before this viewer was counted, this function starts a runner. */
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

  const reserved = await relay.reservePlace(Math.ceil(terms.maxViewers / terms.shards), keptAddress);
  const before = reserved ?? (await relay.read());
  const isRunning = hasActiveRunner(before, clock.now(), terms.intervalMillis);
  if (!isRunning) await wakeRunner(connectionId, ports);
  if (reserved !== undefined) return admission;

  // Without an active runner, the number of taken places may be outdated, so the viewer is admitted. In two cases the
  // number is right: the shard was marked as empty after the last claim (the mark sets the number to 0), or no tick was
  // ever claimed.
  const isNumberRight = before.wasEmptySinceLastClaim || before.lastBoundaryMillis === 0;
  if (!isRunning && !isNumberRight) {
    await relay.countArrival();
    return admission;
  }
  await connections.remove(connectionId).catch((error) => {
    log.warn('could not remove the row of a refused viewer; a later tick will', { connectionId, error });
  });
  const isCrowded = keptAddress !== undefined && before.crowdedAddresses.includes(keptAddress);
  return refuseFull(terms, isCrowded ? keptAddress : undefined);
}
